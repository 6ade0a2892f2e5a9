import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { gzip } from './filter.ts'
import { ratioOf } from './ratio.ts'
import { settle } from './settings.ts'

/** Compresses responses on their way. */
export default definePlugin({
  name: 'gzip',
  doc: 'Compresses responses with gzip.',
  transient: true,
  directives,
  prepare: (config) => (config.gzip ? settle(config) : undefined),
  filters: { encode: gzip },
  variables: {
    gzip_ratio: {
      doc: 'How many times smaller the compressed body is; empty for one that was not compressed.',
      get: ratioOf,
    },
  },
})
