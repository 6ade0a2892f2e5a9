import type { Buffer } from 'node:buffer'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Stream } from '../kernel/socket/stream.ts'
import type { FieldFate } from '../wire/http1/field-fate.ts'
import type { FieldTable } from '../wire/http1/field-table.ts'
import type { Asking } from './protocol.ts'

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

/** The head of a request, with the field that frames its body and the empty line. */
export function requestHead(asking: Asking<Http1Request>): string {
  const { x, body, options } = asking
  const head = options.request.head(x)
  if (body) {
    const { length } = body
    if (length === undefined) return `${head}Transfer-Encoding: chunked\r\n\r\n`
    return `${head}Content-Length: ${length}\r\n\r\n`
  }
  // A method that usually has a body says so when it has none (RFC 9110 section 8.6).
  if (x.method === 'GET' || x.method === 'HEAD' || /^(?:GET|HEAD) /.test(head)) {
    return `${head}\r\n`
  }
  return x.headers.get('content-length') === undefined
    ? `${head}\r\n`
    : `${head}Content-Length: 0\r\n\r\n`
}

/**
 * Writes a piece of a body of `length` bytes, or with `undefined` as a chunk; before it the `head`,
 * where that has not been written yet.
 */
export function writeBodyPart(
  stream: Stream,
  length: number | undefined,
  piece: Buffer,
  head: string,
): void {
  if (length === undefined) {
    stream.writeAround(`${head}${piece.length.toString(16)}\r\n`, piece, '\r\n')
  } else if (head === '') {
    stream.write(piece)
  } else {
    stream.writeAround(head, piece, '')
  }
}

/** Writes what follows the last piece, nothing where the length is known; the `head` before it. */
export function writeBodyEnd(stream: Stream, length: number | undefined, head: string): void {
  if (length === undefined) stream.writeText(`${head}0\r\n\r\n`)
  else if (head !== '') stream.writeText(head)
}
