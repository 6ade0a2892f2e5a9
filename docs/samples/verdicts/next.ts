import { definePlugin } from 'gateway/plugin'

/** No opinion: the next handler of the phase is asked, then the next phase. */
export default definePlugin({
  name: 'no-opinion',
  always: true,
  access: () => 'next',
  content: (x) => (x.uri === '/mine' ? x.respond(200, 'mine') : 'next'),
})
