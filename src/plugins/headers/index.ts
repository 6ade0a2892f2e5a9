import { definePlugin } from 'gateway/plugin'
import { addHeader } from './add-header.ts'
import { expires } from './expires-directive.ts'
import { headers } from './filter.ts'

/** Adds fields to responses, and says how long they may be kept. */
export default definePlugin({
  name: 'headers',
  doc: 'Adds response fields, Expires and Cache-Control.',
  transient: true,
  directives: { add_header: addHeader, expires },
  prepare: (config) => {
    const lasts = config.expires
    return config.add_header.length > 0 || lasts.kind !== 'off' ? config : undefined
  },
  filters: { edit: headers },
})
