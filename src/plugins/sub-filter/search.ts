import { Buffer } from 'node:buffer'

const BYTES = 256
const CASE = 0x20

/** Lower case of each byte, of ASCII letters alone. */
const LOWER = Uint8Array.from({ length: BYTES }, (_, byte) => {
  return byte >= 65 && byte <= 90 ? byte | CASE : byte
})

/** Where something was found; `pattern` is -1 where it begins only, and the rest may follow. */
export interface Hit {
  readonly start: number
  readonly end: number
  readonly pattern: number
}

/** Whether more of the text may follow. */
export type Rest = 'more' | 'none'

/** Patterns that were found already, and are not looked for any more. */
export type Done = ReadonlySet<number>

/**
 * Looks for several patterns at once, in bytes, whatever the case of ASCII letters. The leftmost hit
 * counts, and of several there the first pattern.
 *
 * It jumps as Horspool's search does: by the byte that stands where the shortest pattern would end,
 * as far as no pattern can begin. So most bytes of a text are never looked at.
 */
export class Search {
  readonly #patterns: readonly Uint8Array[]
  readonly #shortest: number
  readonly #longest: number
  /** How far to go on by a byte; 0 where a pattern may be. */
  readonly #shift: Uint32Array
  /** Which patterns have this byte where the shortest one ends. */
  readonly #candidates: readonly (readonly number[])[]

  /** At least one, none of them empty; byte strings. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((each) => Buffer.from(each, 'latin1').map((byte) => lower(byte)))
    const lengths = this.#patterns.map(({ length }) => length)
    const shortest = Math.min(...lengths)
    this.#shortest = shortest
    this.#longest = Math.max(...lengths)
    const shift = new Uint32Array(BYTES).fill(shortest)
    const candidates = Array.from({ length: BYTES }, (): number[] => [])
    for (const [number, pattern] of this.#patterns.entries()) {
      for (let i = 0; i < shortest; i++) {
        const byte = pattern[i] as number
        shift[byte] = Math.min(shift[byte] as number, shortest - 1 - i)
      }
      candidates[pattern[shortest - 1] as number]?.push(number)
    }
    // What is in the text may be in either case.
    this.#shift = shift.map((_, byte) => shift[lower(byte)] as number)
    this.#candidates = candidates.map((_, byte) => candidates[lower(byte)] as readonly number[])
  }

  get count(): number {
    return this.#patterns.length
  }

  /** The first hit from `from` on; where more follows, also one that only begins at the end. */
  next(bytes: Uint8Array, from: number, done: Done, rest: Rest): Hit | undefined {
    const shift = this.#shift
    const last = this.#shortest - 1
    const end = bytes.length
    let at = from + last
    while (at < end) {
      const jump = shift[bytes[at] as number] as number
      if (jump > 0) {
        at += jump
        continue
      }
      const hit = this.#hitAt(bytes, at - last, done, rest)
      if (hit) return hit
      at++
    }
    return rest === 'more' ? this.#beginning(bytes, Math.max(from, at - last), done) : undefined
  }

  #hitAt(bytes: Uint8Array, start: number, done: Done, rest: Rest): Hit | undefined {
    const candidates = this.#candidates[bytes[start + this.#shortest - 1] as number] ?? []
    for (const number of candidates) {
      if (done.has(number)) continue
      const pattern = this.#patterns[number] as Uint8Array
      const same = common(bytes, start, pattern)
      if (same === pattern.length) return { start, end: start + same, pattern: number }
      const begins = rest === 'more' && start + same === bytes.length
      if (begins) return { start, end: bytes.length, pattern: -1 }
    }
    return undefined
  }

  /** Whether the text ends in what a pattern begins with. */
  #beginning(bytes: Uint8Array, from: number, done: Done): Hit | undefined {
    const end = bytes.length
    for (let start = Math.max(from, end - this.#longest + 1); start < end; start++) {
      for (const [number, pattern] of this.#patterns.entries()) {
        if (done.has(number)) continue
        if (start + common(bytes, start, pattern) === end) return { start, end, pattern: -1 }
      }
    }
    return undefined
  }
}

/** How many bytes of a pattern stand at `start`. */
function common(bytes: Uint8Array, start: number, pattern: Uint8Array): number {
  const most = Math.min(pattern.length, bytes.length - start)
  let i = 0
  while (i < most && LOWER[bytes[start + i] as number] === pattern[i]) i++
  return i
}

function lower(byte: number): number {
  return LOWER[byte] as number
}
