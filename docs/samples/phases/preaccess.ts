import { definePlugin, size } from 'gateway/plugin'

/** Refuses uploads beyond a size, whoever sends them. */
export default definePlugin({
  name: 'small-uploads',
  directives: {
    largest_upload: size({ in: ['location'], default: 0, doc: 'Bytes a body may have.' }),
  },
  preaccess: (x, { largest_upload }) => {
    return Number(x.headers.get('content-length') ?? 0) > largest_upload ? 413 : 'next'
  },
})
