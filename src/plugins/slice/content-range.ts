import type { ByteRange, Head } from 'gateway/plugin'
import type { Slicing } from './slicing.ts'

/** The part of a whole that a slice is. */
export interface SliceRange extends ByteRange {
  /** Bytes of the whole. */
  readonly total: number
}

/** The part that the head of a slice announces; a text that says what is wrong with it. */
export function describeSlice(head: Head, slicing: Slicing): SliceRange | string {
  if (head.status !== 206) return `unexpected status code ${head.status} in slice response`
  const etag = head.fields.get('etag')
  if (slicing.etag !== undefined && etag !== slicing.etag) return 'etag mismatch in slice response'
  slicing.etag = etag
  const range = parseContentRange(head.fields.get('content-range') ?? '')
  if (typeof range === 'string') return range
  const end = Math.min(slicing.start + slicing.size, range.total)
  if (range.start === slicing.start && range.end === end) return range
  const expected = `expected: ${slicing.start}-${end}`
  return `unexpected range in slice response: ${range.start}-${range.end}, ${expected}`
}

function parseContentRange(field: string): SliceRange | string {
  const [all, start, last, total] = /^bytes +(\d+) *- *(\d+) *\/ *(\d+|\*) *$/.exec(field) ?? []
  const range = { start: Number(start), end: Number(last) + 1, total: Number(total) }
  if (total === '*') return 'no complete length in slice response'
  const isExact = Number.isSafeInteger(range.end) && Number.isSafeInteger(range.total)
  return all !== undefined && isExact && range.start < range.end
    ? range
    : 'invalid range in slice response'
}
