import { definePlugin } from 'gateway/plugin'

/** Notes what was answered. The answer is out: nothing of it can be changed. */
export default definePlugin({
  name: 'note',
  always: true,
  content: (x) => x.respond(200, 'hello'),
  log: (x) => {
    x.log('info', `${x.method} ${x.uri} was answered ${x.head?.status}`)
    return 'next'
  },
})
