import { definePlugin, flag } from 'gateway/plugin'

/** Answers in the place of whatever content the location has. */
export default definePlugin({
  name: 'closed',
  directives: { closed: flag({ in: ['location'], default: false, doc: 'Whether it is.' }) },
  precontent: (x, { closed }) => (closed ? x.respond(503, 'closed\n') : 'next'),
})
