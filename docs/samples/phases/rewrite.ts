import { definePlugin } from 'gateway/plugin'

/** Sends what was moved to where it is now: another location, which has to be found. */
export default definePlugin({
  name: 'moved',
  always: true,
  rewrite: (x) => {
    if (!x.uri.startsWith('/old/')) return 'next'
    x.uri = x.uri.replace('/old/', '/new/')
    return 'rerun'
  },
  content: (x) => x.respond(200, x.uri),
})
