import { definePlugin, type Sink } from 'gateway/plugin'

/** Changes what the client reads: plain text, not yet compressed. */
export default definePlugin({
  name: 'loud',
  always: true,
  filters: {
    edit: (x, next): Sink => {
      if (x.head?.type !== 'text/plain') return next
      return {
        head: (head) => next.head(head),
        data: (chunk) =>
          next.data(Buffer.from(Buffer.from(chunk).toString('latin1').toUpperCase())),
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }
    },
  },
})
