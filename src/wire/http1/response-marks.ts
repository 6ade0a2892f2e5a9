import type { Buffer } from 'node:buffer'
import { INCOMPLETE, skipPlain } from './scan.ts'
import { COLON, CR, isBlank, LF, TOKEN_BYTE } from './tokens.ts'

/** Name start, name end, value start, value end for each field of the response being parsed. */
export let marks = new Uint32Array(256)
/** How much of it is in use. */
export let marked = 0

/**
 * Marks every field of a response; returns where the body begins, INCOMPLETE, or what is wrong with
 * a field.
 */
export function scanFields(bytes: Buffer, from: number, to: number): number | string {
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
