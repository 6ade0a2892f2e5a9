import { definePlugin } from 'gateway/plugin'
import { addHeader } from './add-header.ts'
import { addTrailer } from './add-trailer.ts'
import { expires } from './expires-directive.ts'
import { headers } from './filter.ts'

/** Adds fields to responses, and says how long they may be kept. */
export default definePlugin({
  name: 'headers',
  doc: 'Adds response fields, Expires and Cache-Control.',
  transient: true,
  directives: { add_header: addHeader, add_trailer: addTrailer, expires },
  prepare: (config) => {
    const { add_header, add_trailer, expires: lasts } = config
    const adds = add_header.length > 0 || add_trailer.length > 0
    return adds || lasts.kind !== 'off' ? config : undefined
  },
  filters: { edit: headers },
})
