import type { Buffer } from 'node:buffer'
import type { FieldFate } from './field-fate.ts'
import type { FieldTable } from './field-table.ts'
import { Fields } from './fields.ts'
import { words } from './interner.ts'
import { ResponseHead } from './response-head.ts'
import { marked, marks, scanFields } from './response-marks.ts'
import { INCOMPLETE } from './scan.ts'
import { readStatusLine, scanStatusLine } from './status-line.ts'
import { isDigit } from './tokens.ts'

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
      if (fate === 'steer and pass') fields.push(text.slice(name, colon), text.slice(start, end))
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
    case 'steer':
    case 'steer and pass':
      head.steers = true
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
