import { TextOp } from '../border/ops.ts'
import { host } from './host.ts'

/** Text as UTF-8; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return host(TextOp.encode, text) as Uint8Array
}

/** UTF-8 as text, without its byte order mark; what is malformed becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return withoutMark(decodeUtf8WithMark(bytes))
}

/** Text without the byte order mark it may begin with. */
export function withoutMark(text: string): string {
  return text[0] === '\ufeff' ? text.slice(1) : text
}

/** UTF-8 as text in which a byte order mark is a character like any other. */
export function decodeUtf8WithMark(bytes: Uint8Array): string {
  return host(TextOp.decode, 'utf-8', bytes, 'replace') as string
}
