import { definePlugin, type Sink } from 'gateway/plugin'

/** Changes how it is written, and says so: the bytes are others, the text is the same. */
export default definePlugin({
  name: 'hex',
  always: true,
  filters: {
    encode: (x, next): Sink => {
      const { head } = x
      if (!head || x.headers.get('accept-encoding') !== 'x-hex') return next
      head.fields.set('Content-Encoding', 'x-hex')
      if (head.length !== undefined) head.length *= 2
      return {
        head: (same) => next.head(same),
        data: (chunk) => next.data(Buffer.from(Buffer.from(chunk).toString('hex'))),
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }
    },
  },
})
