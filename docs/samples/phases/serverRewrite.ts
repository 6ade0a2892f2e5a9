import { definePlugin } from 'gateway/plugin'

/** Takes the language off a path. The location is found by what is left. */
export default definePlugin({
  name: 'language',
  always: true,
  serverRewrite: (x) => {
    x.uri = x.uri.replace(/^\/(?:de|en)(?=\/)/, '')
    return 'next'
  },
  content: (x) => x.respond(200, x.uri),
})
