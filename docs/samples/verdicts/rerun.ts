import { definePlugin } from 'gateway/plugin'

/** Has the location found again, by the URI as it is now. At most ten times for a request. */
export default definePlugin({
  name: 'short-links',
  always: true,
  rewrite: (x) => {
    if (x.uri !== '/s') return 'next'
    x.uri = '/a/long/path'
    return 'rerun'
  },
  content: (x) => x.respond(200, x.uri),
})
