import { CODE_LENGTHS, CODES } from './huffman-code.ts'

/** Longer codes are written in two parts. */
const HALF = 16

/** How many bytes it takes to write the first `length` of `bytes` Huffman coded. */
export function huffmanSize(bytes: Uint8Array, length: number): number {
  let bits = 0
  for (let i = 0; i < length; i++) bits += CODE_LENGTHS[bytes[i] as number] as number
  return (bits + 7) >>> 3
}

/** Writes the first `size` of `bytes` Huffman coded from `at` on; returns where it ends. */
export function writeHuffman(out: Uint8Array, at: number, bytes: Uint8Array, size: number): number {
  let end = at
  /** Its lowest `count` bits are still to be written, less than 8 between two symbols. */
  let bits = 0
  let count = 0
  for (let i = 0; i < size; i++) {
    const symbol = bytes[i] as number
    const code = CODES[symbol] as number
    let length = CODE_LENGTHS[symbol] as number
    // With a whole long code there would be more than 32.
    if (length > HALF) {
      length -= HALF
      bits = (bits << length) | (code >>> HALF)
      count += length
      while (count >= 8) {
        count -= 8
        out[end++] = bits >>> count
      }
      length = HALF
    }
    bits = (bits << length) | (code & ((1 << length) - 1))
    count += length
    while (count >= 8) {
      count -= 8
      out[end++] = bits >>> count
    }
  }
  if (count > 0) out[end++] = (bits << (8 - count)) | (0xff >>> count)
  return end
}
