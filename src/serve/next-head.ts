import type { ServerSettings } from '../kernel/settings/server.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { parseRequestHead } from '../wire/http1/request-parser.ts'
import type { Input } from './input.ts'

/**
 * Takes the next request head out of `input`; undefined when it is not all there yet. What is
 * malformed or too long throws a `GatewayError`.
 */
export function nextHead(input: Input, settings: ServerSettings): RequestHead | undefined {
  input.skipLineEnds()
  const { at, to } = input
  if (at === to) return undefined
  const { size } = settings.large_client_header_buffers
  // A head in many pieces is parsed once its end is there, and now and then to say in which way it
  // is too long: parsing it with each piece would cost the square of its length.
  const grown = Math.trunc((to - at) / size) > Math.trunc((input.seen - at) / size)
  const head =
    input.seen > at && !grown && !input.mayEndHead()
      ? undefined
      : parseRequestHead(input.bytes, at, to, settings)
  if (head) input.at += head.size
  else input.seen = to
  return head
}
