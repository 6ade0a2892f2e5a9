import { createHash } from 'node:crypto'

/** Not a power of two, so that no buffer of anybody's ends where a piece does. */
const PIECE = 262_139
const WORDS =
  'the gateway pours what the peer sends into the sink of a client that may be slow '.split(' ')

/** What a body looks like: bytes nobody can compress, or text that everybody can. */
export type Kind = 'noise' | 'text'

/**
 * A body of `size` bytes, piece by piece. Each piece carries its number, so that a lost, repeated
 * or swapped one changes the hash. The memory is used again for the next piece.
 */
export function* pieces(size: number, kind: Kind = 'noise'): Generator<Buffer> {
  const piece = kind === 'noise' ? noise() : text()
  let left = size
  for (let number = 0; left > 0; number++) {
    piece.write(number.toString(36).padStart(8, '0'), 0, 'latin1')
    yield piece.subarray(0, Math.min(left, PIECE))
    left -= PIECE
  }
}

/** The hash of a body, kept, for making it of ten gigabytes takes a while. */
export function hashOf(size: number, kind: Kind = 'noise'): string {
  const key = `${kind} ${size}`
  const known = hashes.get(key)
  if (known !== undefined) return known
  const hash = newHash()
  for (const piece of pieces(size, kind)) hash.update(piece)
  const value = hash.digest('hex')
  hashes.set(key, value)
  return value
}

/** The hash that bodies are compared by. */
export function newHash() {
  return createHash('sha1')
}

const hashes = new Map<string, string>()

function noise(): Buffer {
  const bytes = Buffer.alloc(PIECE)
  let state = 0x2545f491
  for (let i = 0; i < PIECE; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}

function text(): Buffer {
  let words = ''
  for (let i = 0; words.length < PIECE; i++) words += `${WORDS[(i * i + (i >> 3)) % WORDS.length]} `
  return Buffer.from(words.slice(0, PIECE), 'latin1')
}
