/** A part of a range: within the addresses whose upper half is the same, by their lower half. */
interface Part {
  readonly start: number
  readonly end: number
  readonly value: string
}

/** What became of a range that was added. */
export type Added =
  | { readonly kind: 'added' }
  | { readonly kind: 'duplicate'; readonly old: string }
  /** First and last address of the part it overlaps. */
  | { readonly kind: 'overlap'; readonly first: number; readonly last: number }

const HALF = 65_536

/**
 * Ranges of IPv4 addresses, kept as nginx keeps them: cut at each multiple of 65536 addresses, in
 * order, and without overlaps, since a range inside another one is cut out of that.
 */
export class Ranges {
  /** By the upper half of the address. */
  readonly #parts: (Part[] | undefined)[] = []

  get empty(): boolean {
    return this.#parts.length === 0
  }

  add(first: number, last: number, value: string): Added {
    let duplicate: string | undefined
    for (const [upper, start, end] of pieces(first, last)) {
      const parts = this.#parts[upper] ?? []
      this.#parts[upper] = parts
      const at = lastFrom(parts, end)
      const met = parts[at]
      if (!met || start > met.end) {
        parts.splice(at + 1, 0, { start, end, value })
      } else if (start < met.start || end > met.end) {
        const base = upper * HALF
        return { kind: 'overlap', first: base + met.start, last: base + met.end }
      } else {
        if (start === met.start && end === met.end) duplicate = met.value
        parts.splice(at, 1, ...around(met, { start, end, value }))
      }
    }
    return duplicate === undefined ? { kind: 'added' } : { kind: 'duplicate', old: duplicate }
  }

  /** Whether all of it was there, as a range of its own. */
  delete(first: number, last: number): boolean {
    let whole = true
    for (const [upper, start, end] of pieces(first, last)) {
      const parts = this.#parts[upper] ?? []
      const at = lastFrom(parts, end)
      if (parts[at]?.start === start && parts[at].end === end) parts.splice(at, 1)
      else whole = false
    }
    return whole
  }

  find(address: number): string | undefined {
    const parts = this.#parts[Math.floor(address / HALF)]
    if (!parts) return undefined
    const lower = address % HALF
    const part = parts[lastFrom(parts, lower)]
    return part && lower <= part.end ? part.value : undefined
  }
}

/** A part with another one cut out of it. */
function around(outer: Part, inner: Part): Part[] {
  const parts = [inner]
  if (outer.start < inner.start) parts.unshift({ ...outer, end: inner.start - 1 })
  if (outer.end > inner.end) parts.push({ ...outer, start: inner.end + 1 })
  return parts
}

/** Index of the last part that begins at `lower` or before it, -1 for none. */
function lastFrom(parts: readonly Part[], lower: number): number {
  let low = 0
  let high = parts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((parts[middle]?.start ?? 0) > lower) high = middle
    else low = middle + 1
  }
  return low - 1
}

/** A range cut where the upper half changes: upper half, and first and last lower half. */
function* pieces(first: number, last: number): Generator<readonly [number, number, number]> {
  const lastUpper = Math.floor(last / HALF)
  for (let upper = Math.floor(first / HALF); upper <= lastUpper; upper++) {
    const start = Math.max(first - upper * HALF, 0)
    yield [upper, start, Math.min(last - upper * HALF, HALF - 1)]
  }
}
