import type { Buffer } from 'node:buffer'
import { isBlank } from './tokens.ts'

/** A field that may stand once stood twice. */
export const REPEATED = -2
export const ABSENT = -1

/** Where the fields stand in `marks` that decide framing and routing; or ABSENT, or REPEATED. */
export interface Notes {
  host: number
  contentLength: number
  transferEncoding: number
  connection: number
  expect: number
  /** Which of the other fields stood there that may stand once, and one that stood twice. */
  once: number
  twice: string | undefined
}

/**
 * Name start, name end, value start and value end of each field of the request head being parsed,
 * counted from where the head begins; one array for all heads, since parsing never waits.
 */
export const marks: number[] = []
/** How much of `marks` is in use. */
export let marked = 0
/** The bits of the first letters of all marked names. */
export let initials = 0

/** The bit of a name's first letter, the same for upper and lower case. */
export function initial(byte: number): number {
  return 1 << (byte & 31)
}

/** Forgets the head parsed before. */
export function beginMarks(): Notes {
  marked = 0
  initials = 0
  return {
    host: ABSENT,
    contentLength: ABSENT,
    transferEncoding: ABSENT,
    connection: ABSENT,
    expect: ABSENT,
    once: 0,
    twice: undefined,
  }
}

/** Stores where a field stands: name, colon, value, end of value. */
export function mark(
  bytes: Buffer,
  from: number,
  start: number,
  colon: number,
  value: number,
  stop: number,
  notes: Notes,
): void {
  let end = stop
  while (end > value && isBlank(bytes[end - 1] as number)) end--
  const at = marked
  marks[at] = start - from
  marks[at + 1] = colon - from
  marks[at + 2] = value - from
  marks[at + 3] = end - from
  marked = at + 4
  initials |= initial(bytes[start] as number)
  note(bytes, start, colon - start, at, notes)
}

/** Remembers the field whose positions stand at `at` in `marks`, if the kernel itself needs it. */
function note(bytes: Buffer, start: number, length: number, at: number, notes: Notes): void {
  switch (length) {
    case 4:
      if (spells(bytes, start, 'host')) notes.host = once(notes.host, at)
      break
    case 6:
      if (spells(bytes, start, 'expect')) notes.expect = once(notes.expect, at)
      break
    case 8:
      if (spells(bytes, start, 'if-match')) count(notes, 1, 'If-Match')
      else if (spells(bytes, start, 'if-range')) count(notes, 2, 'If-Range')
      break
    case 10:
      if (spells(bytes, start, 'connection')) notes.connection = once(notes.connection, at)
      break
    case 13:
      if (spells(bytes, start, 'authorization')) count(notes, 4, 'Authorization')
      else if (spells(bytes, start, 'if-none-match')) count(notes, 8, 'If-None-Match')
      else if (spells(bytes, start, 'content-range')) count(notes, 16, 'Content-Range')
      break
    case 14:
      if (spells(bytes, start, 'content-length'))
        notes.contentLength = once(notes.contentLength, at)
      break
    case 17:
      if (spells(bytes, start, 'transfer-encoding')) {
        notes.transferEncoding = once(notes.transferEncoding, at)
      } else if (spells(bytes, start, 'if-modified-since')) count(notes, 32, 'If-Modified-Since')
      break
    case 19:
      if (spells(bytes, start, 'if-unmodified-since')) count(notes, 64, 'If-Unmodified-Since')
      break
  }
}

/** Whether the name at `start` is this one; letters and hyphens alone differ by case bit. */
function spells(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((bytes[start + i] as number) | 32) !== name.charCodeAt(i)) return false
  }
  return true
}

/** As in nginx, what is a field of which two would contradict each other. */
function count(notes: Notes, bit: number, name: string): void {
  if (notes.once & bit) notes.twice = name
  notes.once |= bit
}

function once(before: number, at: number): number {
  return before === ABSENT ? at : REPEATED
}
