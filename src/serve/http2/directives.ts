import type { ConfigOf } from '../../kernel/directive/directive.ts'
import { directive, flag, number, readSize, size } from '../../kernel/directive/readers.ts'

const scopes = ['http', 'server'] as const

/** Of RFC 9113 section 6.9.2, for clients that send a body before they know ours. */
const LEAST_BUFFER = 65_536

/** nginx's `ngx_http_v2_module`. */
export const http2Directives = {
  http2: flag({
    in: scopes,
    default: false,
    doc: 'Whether HTTP/2 is spoken with clients that want it: by ALPN over TLS, and by prior knowledge without.',
  }),
  http2_max_concurrent_streams: number({
    in: scopes,
    default: 128,
    least: 1,
    doc: 'How many requests may be under way on one connection.',
  }),
  http2_body_preread_size: size({
    in: scopes,
    default: 65_536,
    doc: 'How much of a request body a client may send before somebody wants it.',
  }),
  http2_recv_buffer_size: directive({
    in: scopes,
    default: 262_144,
    doc: 'How much of a request body may be on its way while it is read; of all bodies of a connection, four times as much.',
    usage: 'size',
    min: 1,
    max: 1,
    read: (entry) => {
      const bytes = readSize(entry, entry.args[0] ?? '')
      return bytes >= LEAST_BUFFER ? bytes : entry.fail('less than 64k')
    },
  }),
}

export type Http2Settings = ConfigOf<typeof http2Directives>
