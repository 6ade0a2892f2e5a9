import { definePlugin } from 'gateway/plugin'

/** Sees a response first, as its handler has made it: here a field that was meant for us. */
export default definePlugin({
  name: 'internal',
  always: true,
  filters: {
    receive: (x, next) => {
      x.head?.fields.delete('x-internal')
      return next
    },
  },
})
