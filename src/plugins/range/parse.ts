import type { ByteRange } from 'gateway/plugin'

/** A limit nobody set: then many small ranges are weighed against the whole body. */
export const UNLIMITED = 2 ** 31 - 1

/** What nginx counts for the head of one part, and how much longer than the whole parts may be. */
const PART_OVERHEAD = 256
const OVERHEAD_ALLOWED = 4096
/** Positions nginx cannot hold, and refuses. */
const OVERFLOW = 2 ** 63

/**
 * The ranges a Range field asks for of a body of `length` bytes, in its order. `ignore`: the whole
 * body is the answer (an empty one, too many ranges, more bytes than the body has);
 * `unsatisfiable`: 416.
 */
export function parseRanges(
  field: string,
  length: number,
  limit: number,
): readonly ByteRange[] | 'ignore' | 'unsatisfiable' {
  const ranges: ByteRange[] = []
  let total = 0
  for (const spec of field.slice('bytes='.length).split(',')) {
    // No two runs of spaces may meet: on a field full of them that would take quadratic time.
    const parts = /^ *(?:(\d+) *-(?: *(\d+))? *|-(\d+) *)$/.exec(spec)
    if (!parts || parts.slice(1).some((digits) => Number(digits) >= OVERFLOW))
      return 'unsatisfiable'
    const range = resolve(parts[1], parts[2] ?? '', parts[3] ?? '', length)
    if (range.start >= range.end) {
      if (range.start === 0) return 'ignore'
      continue
    }
    if (ranges.length === limit) return 'ignore'
    ranges.push(range)
    total += range.end - range.start
  }
  if (ranges.length === 0) return 'unsatisfiable'
  if (ranges.length > 1 && isWasteful(ranges.length, total, length, limit)) return 'ignore'
  return ranges
}

function resolve(
  first: string | undefined,
  last: string,
  suffix: string,
  length: number,
): ByteRange {
  if (first === undefined) return { start: Math.max(0, length - Number(suffix)), end: length }
  return { start: Number(first), end: last === '' ? length : Math.min(Number(last) + 1, length) }
}

function isWasteful(count: number, total: number, length: number, limit: number): boolean {
  if (total > length) return true
  return limit === UNLIMITED && total + count * PART_OVERHEAD > length + OVERHEAD_ALLOWED
}
