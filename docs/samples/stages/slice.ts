import { definePlugin, number, type Sink } from 'gateway/plugin'

/** Takes a part of the finished bytes, as byte ranges are. */
export default definePlugin({
  name: 'preview',
  directives: { preview: number({ in: ['location'], default: 0, doc: 'How many bytes.' }) },
  filters: {
    slice: (x, next, { preview }): Sink => {
      let left = preview
      if (x.head?.length !== undefined) x.head.length = Math.min(x.head.length, preview)
      return {
        head: (head) => next.head(head),
        data: (chunk) => {
          const part = chunk.subarray(0, left)
          left -= part.length
          return part.length > 0 ? next.data(part) : undefined
        },
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }
    },
  },
})
