import type { Exchange } from '../exchange/exchange.ts'
import type { FieldTable } from '../http1/field-table.ts'
import type { FieldFate } from '../http1/response-head.ts'
import { Http1Call } from './http1-call.ts'
import type { Protocol } from './protocol.ts'

/** What one location says of its HTTP/1 requests to peers. */
export interface Http1Request {
  /** 10 or 11. A peer of 1.0 gets no chunked body. */
  readonly version: 10 | 11
  /** The request line and the fields, each with its CRLF, without framing and the empty line. */
  readonly head: (x: Exchange) => string
  /** Path and arguments, for the error log. */
  readonly target: (x: Exchange) => string
  /** What becomes of the fields of an answer. */
  readonly fates: FieldTable<FieldFate>
}

/** HTTP/1.0 and 1.1 to a peer (`proxy_pass`). */
export const http1: Protocol<Http1Request> = {
  scheme: 'http://',
  target: (x, config) => config.target(x),
  needsLength: (config) => config.version === 10,
  ask: (asking, connection) => new Http1Call(asking, connection).start(),
}
