import { Buffer } from 'node:buffer'
import { decodeHuffman } from './huffman-decoder.ts'

/** Of a string as it was sent, in bytes; longer ones are too seldom the same. */
const LONGEST = 64
/** A power of two. */
const ENTRIES = 256

const texts = new Array<string>(ENTRIES).fill('')
const lengths = new Uint8Array(ENTRIES)
/** What was sent, `LONGEST` bytes for each entry. */
const memory = Buffer.alloc(ENTRIES * LONGEST)

/**
 * The text of a Huffman coded string, which is mostly one that was decoded before: every connection
 * begins with the same fields, and paths are seldom indexed. Of two strings that share an entry, the
 * later stays.
 */
export function recallHuffman(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from
  if (length === 0 || length > LONGEST) return decodeHuffman(bytes, from, to)
  const entry = entryOf(bytes, from, to)
  const start = entry * LONGEST
  if (lengths[entry] === length) {
    let i = 0
    while (i < length && memory[start + i] === bytes[from + i]) i++
    if (i === length) return texts[entry] as string
  }
  const text = decodeHuffman(bytes, from, to)
  texts[entry] = text
  lengths[entry] = length
  for (let i = 0; i < length; i++) memory[start + i] = bytes[from + i] as number
  return text
}

function entryOf(bytes: Uint8Array, from: number, to: number): number {
  const middle = bytes[(from + to) >> 1] as number
  const hash = to - from + middle * 7 + (bytes[to - 1] as number) * 31 + (bytes[from] as number)
  return hash & (ENTRIES - 1)
}
