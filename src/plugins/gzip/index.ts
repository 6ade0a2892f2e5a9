import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { gzip } from './filter.ts'
import { gunzip } from './gunzip.ts'
import { ratioOf } from './ratio.ts'
import { settle } from './settings.ts'

/** Compresses responses on their way, and uncompresses them. */
export default definePlugin({
  name: 'gzip',
  doc: 'Compresses responses with gzip, and uncompresses them.',
  transient: true,
  directives,
  prepare: (config) => (config.gzip || config.gunzip ? settle(config) : undefined),
  filters: { edit: gunzip, encode: gzip },
  // What adds to bodies and changes them has to see what they say.
  order: { edit: ['before:addition'] },
  variables: {
    gzip_ratio: {
      doc: 'How many times smaller the compressed body is; empty for one that was not compressed.',
      get: ratioOf,
    },
  },
})
