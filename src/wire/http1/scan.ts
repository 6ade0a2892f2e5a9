import type { Buffer } from 'node:buffer'
import { SPACE } from './tokens.ts'

/** What a scan returns that ended before what it looked for did. */
export const INCOMPLETE = 0

/** Smaller memory is a copy made for one head, not worth a view of its own. */
const VIEWED_FROM = 65_536
const NO_WORDS: Int32Array = new Int32Array(0)

/** The memory last scanned, where it is that of the reads; and the same as 32-bit words. */
let viewed: Buffer | undefined
let view = NO_WORDS

/** The words of memory that heads are read into again and again; of other memory none. */
function wordsOf(bytes: Buffer): Int32Array {
  if (bytes === viewed) return view
  if (bytes.length < VIEWED_FROM || bytes.byteOffset % 4 !== 0) return NO_WORDS
  viewed = bytes
  view = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  return view
}

/**
 * Index of the first control byte (below 0x20) from `from` on, or `to`. Four bytes are looked at
 * together: taking 0x20 from each sets the highest bit of those below it ("determine if a word has
 * a byte less than n", Sean Anderson, Bit Twiddling Hacks).
 */
export function skipPlain(bytes: Buffer, from: number, to: number): number {
  const words = wordsOf(bytes)
  let at = from
  while ((at & 3) !== 0 && at < to && (bytes[at] as number) >= SPACE) at++
  if ((at & 3) === 0) {
    const end = Math.min(to >> 2, words.length)
    let i = at >> 2
    while (i < end && hasNoControl(words[i] as number)) i++
    if (i > at >> 2) at = i << 2
  }
  while (at < to && (bytes[at] as number) >= SPACE) at++
  return at
}

function hasNoControl(word: number): boolean {
  return ((word - 0x20202020) & ~word & 0x80808080) === 0
}
