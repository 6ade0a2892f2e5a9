import { Buffer } from 'node:buffer'
import '../../../base/node-buffer.ts'
import { huffmanSize, writeHuffman } from './huffman-encoder.ts'

const HUFFMAN = 0x80
const STRING_PREFIX = 0x7f
/** Of a continued integer, in bytes: up to 2²⁸ and more, and no text is longer. */
const MOST_INTEGER = 5
/** Longer texts are written faster by Node, shorter ones byte by byte. */
const CALLED_FROM = 16
/** Longer ones are sent as they are. */
const MOST_CODED = 4096

const bytes = Buffer.allocUnsafeSlow(MOST_CODED)

/** No string takes more than this, with its length before it. */
export function mostStringSize(text: string): number {
  return text.length + MOST_INTEGER
}

/**
 * Writes an integer whose first bits share the byte at `at` with `flags`; `mask` has ones where they
 * stand (RFC 7541, section 5.1). Returns where it ends.
 */
export function writeInteger(
  out: Buffer,
  at: number,
  flags: number,
  mask: number,
  value: number,
): number {
  if (value < mask) {
    out[at] = flags | value
    return at + 1
  }
  out[at] = flags | mask
  let end = at + 1
  let rest = value - mask
  while (rest >= 0x80) {
    out[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[end++] = rest
  return end
}

/** Writes a byte string, Huffman coded where that is shorter (RFC 7541, section 5.2). */
export function writeString(out: Buffer, at: number, text: string): number {
  const { length } = text
  if (length <= MOST_CODED) {
    // Bytes are quicker to look at than characters, and it is done twice.
    writeText(bytes, 0, text)
    const coded = huffmanSize(bytes, length)
    if (coded < length) {
      const from = writeInteger(out, at, HUFFMAN, STRING_PREFIX, coded)
      return writeHuffman(out, from, bytes, length)
    }
  }
  return writeText(out, writeInteger(out, at, 0, STRING_PREFIX, length), text)
}

function writeText(out: Buffer, at: number, text: string): number {
  const { length } = text
  if (length > CALLED_FROM) out.latin1Write(text, at, length)
  else for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i)
  return at + length
}
