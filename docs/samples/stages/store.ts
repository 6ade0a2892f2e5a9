import { definePlugin, type Sink } from 'gateway/plugin'

/** Sees a whole response before it is edited for this client: what a cache would keep. */
export default definePlugin({
  name: 'weigh',
  always: true,
  filters: {
    store: (x, next): Sink => {
      let bytes = 0
      return {
        head: (head) => next.head(head),
        data: (chunk) => {
          bytes += chunk.length
          return next.data(chunk)
        },
        end: () => {
          x.log('info', `${bytes} bytes`)
          return next.end()
        },
        fail: (error) => next.fail(error),
      }
    },
  },
})
