import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { zstd } from './filter.ts'
import { settle } from './settings.ts'

/** Compresses responses with zstd, where Node can (the directives are zstd-nginx-module's). */
export default definePlugin({
  name: 'zstd',
  doc: 'Compresses responses with zstd (Node 22.15 or newer).',
  transient: true,
  directives,
  prepare: settle,
  filters: { encode: zstd },
})
