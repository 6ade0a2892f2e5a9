import { definePlugin } from 'gateway/plugin'

/** Settles the phase: nobody else of it is asked, and the walk goes on with the next one. */
export default definePlugin({
  name: 'insider',
  always: true,
  access: (x) => (x.client.address.startsWith('10.') ? 'pass' : 403),
  content: (x) => x.respond(200, 'inside'),
})
