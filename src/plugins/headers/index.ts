import { definePlugin } from 'gateway/plugin'
import { addHeader, addHeaderInherit } from './add-header.ts'
import { addTrailer, addTrailerInherit } from './add-trailer.ts'
import { expires } from './expires-directive.ts'
import { headers as addTo, type HeadersConfig } from './filter.ts'

/** Adds fields to responses, and says how long they may be kept. */
export default definePlugin({
  name: 'headers',
  doc: 'Adds response fields, Expires and Cache-Control.',
  transient: true,
  directives: {
    add_header: addHeader,
    add_header_inherit: addHeaderInherit,
    add_trailer: addTrailer,
    add_trailer_inherit: addTrailerInherit,
    expires,
  },
  prepare: ({ add_header, add_trailer, expires: lasts }): HeadersConfig | undefined => {
    const { items: headers } = add_header
    const { items: trailers } = add_trailer
    const adds = headers.length > 0 || trailers.length > 0
    return adds || lasts.kind !== 'off' ? { headers, trailers, expires: lasts } : undefined
  },
  filters: { edit: addTo },
})
