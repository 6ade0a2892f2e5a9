import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { brotli } from './filter.ts'
import { ratioOf } from './ratio.ts'
import { settle } from './settings.ts'

/** Compresses responses with brotli (ngx_brotli's directives). */
export default definePlugin({
  name: 'brotli',
  doc: 'Compresses responses with brotli.',
  transient: true,
  directives,
  prepare: settle,
  filters: { encode: brotli },
  variables: {
    brotli_ratio: {
      doc: 'How many times smaller the body is that brotli has compressed; empty for others.',
      get: ratioOf,
    },
  },
})
