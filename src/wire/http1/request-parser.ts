import type { Buffer } from 'node:buffer'
import { badRequest } from '../../base/errors.ts'
import { Interner, words } from './interner.ts'
import { RequestHead } from './request-head.ts'
import { beginMarks, mark, marked, marks, type Notes } from './request-marks.ts'
import { skipPlain } from './scan.ts'
import { COLON, CR, DEL, LF, METHOD_BYTE, NAME_BYTE, SPACE, ZERO } from './tokens.ts'
import { type NameSettings, parseUnusualField } from './unusual-field.ts'

/** What the limits and tolerances of a head are, by the directives' names. Sizes in bytes. */
export interface HeadSettings extends NameSettings {
  readonly large_client_header_buffers: { readonly count: number; readonly size: number }
  readonly max_headers: number
}

/**
 * Parses the request head that begins at `bytes[from]`, before `to`. Returns undefined when it is
 * not complete. Bare LF ends a line as well as CR LF (RFC 9112 section 2.2); everything else that
 * is malformed is refused with a `GatewayError` (400, 414 or 505).
 */
export function parseRequestHead(
  bytes: Buffer,
  from: number,
  to: number,
  settings: HeadSettings,
): RequestHead | undefined {
  const { size } = settings.large_client_header_buffers
  // The loops below may run past `to`, into bytes of an earlier read: whoever stops there has an
  // incomplete head, whatever the byte is. One load and one look-up a byte is what makes it fast.
  let at = from
  let byte = bytes[at] as number
  while (METHOD_BYTE[byte] === 1) byte = bytes[++at] as number
  const methodEnd = at
  if (at < to && (at === from || byte !== SPACE)) throw badRequest('invalid method')
  while (byte === SPACE) byte = bytes[++at] as number
  const target = at
  while (byte > SPACE && byte !== DEL) byte = bytes[++at] as number
  const targetEnd = at
  while (at < to && byte !== LF) byte = bytes[++at] as number
  if (Math.min(at, to) - from > size) throw badRequest('too long URI', 414)
  if (at >= to) return undefined
  if (target === targetEnd) throw badRequest('invalid request')
  const lineEnd = bytes[at - 1] === CR ? at - 1 : at
  const version = usualVersion(bytes, targetEnd, lineEnd)
    ? (bytes[lineEnd - 1] as number) - ZERO + 10
    : parseVersion(bytes.latin1Slice(targetEnd, lineEnd), bytes.latin1Slice(from, methodEnd))
  const notes = beginMarks()
  const end = version === 9 ? at + 1 : parseFields(bytes, from, at + 1, to, settings, notes)
  if (end === 0) return undefined
  const { host } = notes
  return new RequestHead({
    bytes,
    from,
    size: end - from,
    lineSize: lineEnd - from,
    method: words.text(bytes, from, methodEnd),
    target: targets.text(bytes, target, targetEnd),
    version,
    notes,
    host: host < 0 ? undefined : interned(bytes, from, host),
  })
}

const targets = new Interner(1024, 64)
for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
  words.seed(method)

/** The value of the field at `at` in `marks`. */
function interned(bytes: Buffer, from: number, at: number): string {
  return words.text(bytes, from + (marks[at + 2] as number), from + (marks[at + 3] as number))
}

const USUAL_VERSION = ' HTTP/1.'

/** Whether the rest of a request line is ` HTTP/1.0` or ` HTTP/1.1`. */
function usualVersion(bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== USUAL_VERSION.length + 1) return false
  for (let i = 0; i < USUAL_VERSION.length; i++) {
    if (bytes[from + i] !== USUAL_VERSION.charCodeAt(i)) return false
  }
  const minor = bytes[to - 1]
  return minor === ZERO || minor === ZERO + 1
}

/** Any other rest of a request line: nothing for HTTP/0.9, or an unusual version. */
function parseVersion(rest: string, method: string): number {
  if (rest === ' HTTP/1.1') return 11
  if (rest === ' HTTP/1.0') return 10
  if (/^ *$/.test(rest)) {
    if (method !== 'GET') throw badRequest('invalid request')
    return 9
  }
  const parts = /^ +HTTP\/(\d{1,3})\.(\d{1,3}) *$/.exec(rest)
  if (!parts || parts[1]?.startsWith('0')) throw badRequest('invalid request')
  if (Number(parts[1]) > 1) throw badRequest('unsupported version', 505)
  return Number(parts[2]) === 0 ? 10 : 11
}

/** Notes where each field stands; returns where the head ends, 0 when that is not there yet. */
function parseFields(
  bytes: Buffer,
  from: number,
  start: number,
  to: number,
  settings: HeadSettings,
  notes: Notes,
): number {
  const { count, size } = settings.large_client_header_buffers
  const most = settings.max_headers * 4
  let line = start
  for (;;) {
    let at = line
    let byte = bytes[at] as number
    while (NAME_BYTE[byte] === 1) byte = bytes[++at] as number
    const colon = at
    // Without its colon right behind the name the line is no plain one.
    if (byte === COLON) {
      byte = bytes[++at] as number
      while (byte === SPACE) byte = bytes[++at] as number
    }
    const value = at
    at = skipPlain(bytes, at, to)
    if (
      bytes[at] === CR &&
      bytes[at + 1] === LF &&
      at + 1 < to &&
      bytes[colon] === COLON &&
      colon > line
    ) {
      mark(bytes, from, line, colon, value, at, notes)
      at += 2
    } else {
      if (line < to && bytes[line] === LF) return line + 1
      if (line < to && bytes[line] === CR) return headEnd(bytes, line, to)
      at = parseUnusualField(bytes, from, line, to, settings, notes)
    }
    const stop = at === 0 ? to : at - 1
    if (stop - line > size || stop - from > count * size) {
      throw badRequest('too large request header')
    }
    if (at === 0) return 0
    if (marked > most) throw badRequest('too many header lines')
    line = at
  }
}

/** After the empty line's CR; 0 while its LF is not there. */
function headEnd(bytes: Buffer, at: number, to: number): number {
  if (at + 1 === to) return 0
  if (bytes[at + 1] !== LF) throw badRequest('invalid header line')
  return at + 2
}
