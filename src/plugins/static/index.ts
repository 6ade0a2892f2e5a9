import { definePlugin, flag } from 'gateway/plugin'
import { serveFile } from './serve-file.ts'

/** Serves the files below `root`. The last to be asked for the content of a location. */
export default definePlugin({
  name: 'static',
  doc: 'Serves files.',
  always: true,
  directives: {
    etag: flag({
      in: ['http', 'server', 'location'],
      default: true,
      doc: 'Whether files get an ETag, made from the time of their last change and their size.',
    }),
  },
  content: serveFile,
})
