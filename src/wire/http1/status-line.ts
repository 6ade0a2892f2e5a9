import type { Buffer } from 'node:buffer'
import type { ResponseHead } from './response-head.ts'
import { INCOMPLETE } from './scan.ts'
import { reasonOf } from './status.ts'
import { CR, DEL, isDigit, LF, SPACE, TAB, ZERO } from './tokens.ts'

const NO_STATUS_LINE = 'no valid HTTP/1 status line'
/** `HTTP/1.` */
const OPENING = [72, 84, 84, 80, 47, 49, 46]
const STATUS_AT = 9
const REASON_AT = 12

/**
 * Where the line behind the status line of a response begins; INCOMPLETE, or what is wrong with it.
 */
export function scanStatusLine(bytes: Buffer, from: number, to: number): number | string {
  const known = Math.min(OPENING.length, to - from)
  for (let i = 0; i < known; i++) if (bytes[from + i] !== OPENING[i]) return NO_STATUS_LINE
  let at = from + known
  // The reason may be any text of one line (RFC 9112 section 4), and is often missing altogether.
  while (at < to && isText(bytes[at] as number)) at++
  let next = at + 1
  if (bytes[at] === CR) next++
  if (at >= to || next > to) return INCOMPLETE
  if (bytes[next - 1] !== LF) return NO_STATUS_LINE
  const reason = from + REASON_AT
  const digits = isDigit(bytes[from + OPENING.length]) && bytes[from + STATUS_AT] !== ZERO
  const spaced = bytes[from + STATUS_AT - 1] === SPACE && (at === reason || bytes[reason] === SPACE)
  if (!digits || !spaced || at < reason) return NO_STATUS_LINE
  for (let i = from + STATUS_AT; i < reason; i++) if (!isDigit(bytes[i])) return NO_STATUS_LINE
  return next
}

/** Puts what the status line from `from` to `next` says into `head`. */
export function readStatusLine(
  head: ResponseHead,
  bytes: Buffer,
  from: number,
  next: number,
): void {
  const at = from + STATUS_AT
  head.status =
    ((bytes[at] as number) - ZERO) * 100 +
    ((bytes[at + 1] as number) - ZERO) * 10 +
    ((bytes[at + 2] as number) - ZERO)
  const end = bytes[next - 2] === CR ? next - 2 : next - 1
  const reason = head.text.slice(REASON_AT + 1, end - from)
  const usual = head.status === 200 ? reason === 'OK' : reason === reasonOf(head.status)
  if (!usual && reason !== '') head.reason = reason
  // An HTTP/1.0 peer closes the connection whatever it says; nginx does not reuse it either.
  if (bytes[from + OPENING.length] === ZERO) {
    head.version = 10
    head.close = true
  }
}

function isText(byte: number): boolean {
  return byte >= SPACE ? byte !== DEL : byte === TAB
}
