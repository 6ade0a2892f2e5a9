import type { Buffer } from 'node:buffer'
import { badRequest } from '../../base/errors.ts'
import { mark, type Notes } from './request-marks.ts'
import { COLON, CR, DEL, isBlank, LF, NAME_BYTE, SPACE, UNDERSCORE } from './tokens.ts'

/** What is done about names that not everybody takes. */
export interface NameSettings {
  readonly ignore_invalid_headers: boolean
  readonly underscores_in_headers: boolean
}

/**
 * A field line of a request that is not plainly `Name: value` and CRLF; returns where the next line
 * begins, 0 when this one is not complete.
 */
export function parseUnusualField(
  bytes: Buffer,
  from: number,
  start: number,
  to: number,
  settings: NameSettings,
  notes: Notes,
): number {
  const name = parseUnusualName(bytes, start, to, settings)
  if (name === 0) return 0
  const colon = Math.abs(name)
  let value = colon + 1
  while (value < to && isBlank(bytes[value] as number)) value++
  const end = unusualValueEnd(bytes, value, to)
  if (end === 0) return 0
  const ignored = name < 0 && settings.ignore_invalid_headers
  if (!ignored) mark(bytes, from, start, colon, value, end, notes)
  return bytes[end] === CR ? end + 2 : end + 1
}

/**
 * Where the colon stands behind a name with other bytes than letters, digits and hyphens; negative
 * if the name is invalid, 0 if the line is not complete.
 */
function parseUnusualName(
  bytes: Buffer,
  start: number,
  to: number,
  settings: NameSettings,
): number {
  let valid = true
  for (let at = start; at < to; at++) {
    const byte = bytes[at] as number
    if (NAME_BYTE[byte] === 1) continue
    if (byte === COLON && at > start) return valid ? at : -at
    // A space before the colon, a folded line or a line without colon ends up here as well.
    if (byte <= SPACE || byte === DEL || byte === COLON) throw badRequest('invalid header line')
    if (byte !== UNDERSCORE || !settings.underscores_in_headers) valid = false
  }
  return 0
}

/**
 * Where a value ends that does not plainly end in CRLF: at its CR or bare LF, or 0 if the line is
 * not complete. Control bytes may stand in it, but a NUL or a bare CR is read differently by
 * different servers: refused.
 */
function unusualValueEnd(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    if (byte === LF) return at
    if (byte === CR && at + 1 === to) return 0
    if (byte === CR && bytes[at + 1] === LF) return at
    if (byte === 0 || byte === CR) throw badRequest('invalid header line')
  }
  return 0
}
