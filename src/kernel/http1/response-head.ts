import type { Buffer } from 'node:buffer'
import { FieldTable } from './field-table.ts'
import { Fields, sameName } from './fields.ts'
import { words } from './interner.ts'
import { skipPlain } from './scan.ts'
import { reasonOf } from './status.ts'
import { COLON, CR, DEL, isBlank, LF, SPACE, TAB, TOKEN_BYTE, trimBlanks } from './tokens.ts'

/**
 * What becomes of a field of a response: `drop` it · `type`, `length`, `coding`, `connection`:
 * it says something the kernel keeps elsewhere. Fields that are in no table pass.
 */
export type FieldFate = 'drop' | 'type' | 'length' | 'coding' | 'connection'

/** Fields that mean one connection and never pass it (RFC 9110 section 7.6.1), and the framing. */
const FATES: readonly (readonly [string, FieldFate])[] = [
  ['content-type', 'type'],
  ['content-length', 'length'],
  ['transfer-encoding', 'coding'],
  ['connection', 'connection'],
  ['keep-alive', 'drop'],
  ['proxy-connection', 'drop'],
  ['te', 'drop'],
  ['trailer', 'drop'],
  ['upgrade', 'drop'],
]

/** A table for `parseResponseHead` that also drops the `hidden` fields. */
export function fieldFates(hidden: Iterable<string>): FieldTable<FieldFate> {
  const drops = [...hidden].map((name): [string, FieldFate] => [name, 'drop'])
  return new FieldTable<FieldFate>([...drops, ...FATES])
}

/** The head of a response as a peer sent it, sorted into what passes and what does not. */
export class ResponseHead {
  /** The whole head, one character a byte; what `$upstream_http_*` reads. */
  readonly text: string
  status = 0
  /** The reason phrase, where it is another one than the registered. */
  reason: string | undefined = undefined
  /** 10 or 11. */
  version = 11
  /** The fields that pass, in order: name, value, name, value… */
  readonly fields: string[] = []
  type: string | undefined = undefined
  /** Content-Length; undefined for none. */
  length: number | undefined = undefined
  chunked = false
  /** Whether the peer closes the connection after this response. */
  close = false
  /** Trailer fields, set by whoever has read the body. */
  trailers: Fields | undefined = undefined
  /** Options of Connection fields other than the usual `keep-alive`, each followed by a comma. */
  connection = ''

  constructor(text: string) {
    this.text = text
  }

  /** Bytes of the head, with the empty line. */
  get size(): number {
    return this.text.length
  }

  /** All values of a field as sent, whether it passes or not; `name` in lower case. */
  original(name: string): string[] {
    const values: string[] = []
    for (const line of this.text.split('\n')) {
      const colon = line.indexOf(':')
      if (colon === name.length && sameName(line.slice(0, colon), name)) {
        const value = line.slice(colon + 1, line.endsWith('\r') ? -1 : undefined)
        values.push(trimBlanks(value))
      }
    }
    return values
  }
}

/**
 * Parses the head of a response in `bytes[from]`…`bytes[to]`. Undefined: it is not complete. A
 * string: it is not a valid head; the text says why, as a fragment for the log.
 *
 * Bare LF ends a line as well as CR LF (RFC 9112 section 2.2). A bare CR, a NUL, a folded line, a
 * space before the colon, contradictory framing and HTTP/0.9 are refused.
 */
export function parseResponseHead(
  bytes: Buffer,
  from: number,
  to: number,
  fates: FieldTable<FieldFate>,
): ResponseHead | string | undefined {
  // The head is walked as bytes, and made a string only once it is known to be complete.
  const lineEnd = scanStatusLine(bytes, from, to)
  if (typeof lineEnd === 'string' || lineEnd === INCOMPLETE) return lineEnd || undefined
  const end = scanFields(bytes, lineEnd, to)
  if (typeof end === 'string' || end === INCOMPLETE) return end || undefined
  const head = new ResponseHead(bytes.latin1Slice(from, end))
  readStatusLine(head, bytes, from, lineEnd)
  const fault = readFields(head, bytes, from, fates)
  if (fault !== undefined) return fault
  if (head.chunked && head.length !== undefined) {
    return 'both "Content-Length" and "Transfer-Encoding"'
  }
  return head
}

const INCOMPLETE = 0
/** Name start, name end, value start, value end for each field of the head being parsed. */
let marks = new Uint32Array(256)
/** How much of it is in use. */
let marked = 0

const NO_STATUS_LINE = 'no valid HTTP/1 status line'
/** `HTTP/1.` */
const OPENING = [72, 84, 84, 80, 47, 49, 46]
const STATUS_AT = 9
const REASON_AT = 12

/** Where the line after the status line begins. */
function scanStatusLine(bytes: Buffer, from: number, to: number): number | string {
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

const ZERO = 48
const NINE = 57

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

function isText(byte: number): boolean {
  return byte >= SPACE ? byte !== DEL : byte === TAB
}

function readStatusLine(head: ResponseHead, bytes: Buffer, from: number, next: number): void {
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

/** Marks every field; returns where the body begins. */
function scanFields(bytes: Buffer, from: number, to: number): number | string {
  let at = from
  marked = 0
  for (;;) {
    const first = bytes[at]
    if (first === LF) return at + 1
    if (first === CR) {
      if (at + 1 >= to) return INCOMPLETE
      return bytes[at + 1] === LF ? at + 2 : 'a bare CR'
    }
    let colon = at
    while (colon < to && TOKEN_BYTE[bytes[colon] as number] === 1) colon++
    if (colon >= to) return INCOMPLETE
    // A space before the colon and a folded line end here too: neither is part of a name.
    if (colon === at || bytes[colon] !== COLON) return 'an invalid header line'
    // Control bytes other than these may stand in a value.
    let end = skipPlain(bytes, colon + 1, to)
    let byte = bytes[end] as number
    while (end < to && byte !== LF && byte !== CR && byte !== 0) byte = bytes[++end] as number
    if (end >= to) return INCOMPLETE
    let next = end + 1
    if (byte !== LF) {
      if (byte !== CR) return 'a NUL in a header line'
      if (next >= to) return INCOMPLETE
      if (bytes[next++] !== LF) return 'a bare CR in a header line'
    }
    let start = colon + 1
    while (start < end && isBlank(bytes[start] as number)) start++
    while (end > start && isBlank(bytes[end - 1] as number)) end--
    if (marked === marks.length) marks = moreMarks()
    marks[marked] = at
    marks[marked + 1] = colon
    marks[marked + 2] = start
    marks[marked + 3] = end
    marked += 4
    at = next
    if (at >= to) return INCOMPLETE
  }
}

function moreMarks(): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(marks.length * 2)
  more.set(marks)
  return more
}

/** Sorts the marked fields; returns what is wrong with one of them. */
function readFields(
  head: ResponseHead,
  bytes: Buffer,
  from: number,
  fates: FieldTable<FieldFate>,
): string | undefined {
  const { text, fields } = head
  for (let i = 0; i < marked; i += 4) {
    const name = (marks[i] as number) - from
    const colon = (marks[i + 1] as number) - from
    const start = (marks[i + 2] as number) - from
    const end = (marks[i + 3] as number) - from
    const fate = fates.find(text, name, colon)
    if (fate === undefined) fields.push(text.slice(name, colon), text.slice(start, end))
    else if (fate !== 'drop') {
      const fault = note(head, fate, words.text(bytes, from + start, from + end))
      if (fault !== undefined) return fault
    }
  }
  if (head.connection !== '') readConnection(head)
  return undefined
}

/** Keeps what one of the special fields says; returns what is wrong with it. */
function note(head: ResponseHead, fate: FieldFate, value: string): string | undefined {
  switch (fate) {
    case 'type':
      head.type ??= value
      return undefined
    case 'length': {
      if (!isLength(value)) return `an invalid "Content-Length" header: "${value}"`
      if (head.length !== undefined) return 'a duplicate "Content-Length" header'
      head.length = Number(value)
      return undefined
    }
    case 'coding':
      if (value.toLowerCase() !== 'chunked') return `an unknown "Transfer-Encoding": "${value}"`
      if (head.chunked) return 'a duplicate "Transfer-Encoding" header'
      head.chunked = true
      return undefined
    case 'connection':
      if (value !== 'keep-alive') head.connection += `${value},`
      return undefined
    default:
      return undefined
  }
}

function isLength(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (!isDigit(value.charCodeAt(i))) return false
  return value.length > 0 && value.length <= LENGTH_DIGITS
}

const LENGTH_DIGITS = 15

/** Fields that Connection names belong to this connection and do not pass it. */
function readConnection(head: ResponseHead): void {
  for (const word of head.connection.toLowerCase().split(',')) {
    const option = word.trim()
    if (option === 'close') head.close = true
    else if (option !== '') new Fields(head.fields).delete(option)
  }
}
