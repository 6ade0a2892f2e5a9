import { definePlugin, size } from 'gateway/plugin'
import { KeptFiles } from './kept-files.ts'
import { serveFile } from './serve-file.ts'

/** Serves the files below `root`. The last to be asked for the content of a location. */
export default definePlugin({
  name: 'static',
  doc: 'Serves files.',
  always: true,
  transient: true,
  directives: {
    file_cache: size({
      in: ['http', 'server', 'location'],
      default: 8 * 2 ** 20,
      doc: 'How much memory a worker spends on small files (up to 64k each) that are asked for again and again; 0 for none. A kept file is compared with the one on disk each time, so what is served is never old.',
    }),
  },
  prepare: ({ file_cache }) => ({
    kept: file_cache > 0 ? new KeptFiles(file_cache) : undefined,
  }),
  content: serveFile,
})
