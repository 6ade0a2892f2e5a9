import { Buffer } from 'node:buffer'
import { falseMovie } from './false-movie.ts'

/** A piece of a movie file: a size, four letters, and what is in it. */
export interface Atom {
  readonly name: string
  /** Where its contents begin, and where it ends. */
  readonly from: number
  readonly to: number
}

/** Bytes that are enough of an atom to tell its size. */
export const LONGEST_HEAD = 16
const SHORT_HEAD = 8
/** A size of 1 says that it follows in 64 bits. */
const LONG_SIZE = 1

/**
 * The atom that begins `at` somewhere and may go up to `end`; `head` holds its first bytes.
 * Undefined where a size of 0 says that nothing follows.
 */
export function atomAt(head: Buffer, at: number, end: number): Atom | undefined {
  const left = end - at
  const size = left < 4 || head.length < 4 ? left : head.readUInt32BE(0)
  if (size === 0) return undefined
  if (head.length < SHORT_HEAD || left < SHORT_HEAD) throw falseMovie('mp4 file truncated')
  const name = head.toString('latin1', 4, 8)
  if (size !== LONG_SIZE) return atomOf(name, at, size, SHORT_HEAD, left)
  if (head.length < LONGEST_HEAD) throw falseMovie('mp4 file truncated')
  return atomOf(name, at, Number(head.readBigUInt64BE(8)), LONGEST_HEAD, left)
}

/** The atoms in a part of a buffer, one after the other. */
export function* atomsIn(bytes: Buffer, from: number, to: number): Generator<Atom> {
  for (let at = from; at < to; ) {
    const atom = atomAt(bytes.subarray(at, Math.min(at + LONGEST_HEAD, to)), at, to)
    if (!atom) return
    yield atom
    at = atom.to
  }
}

/** The pieces of an atom that is made of others, with its head. */
export function atom(name: string, pieces: readonly Buffer[]): Buffer[] {
  const head = Buffer.allocUnsafe(SHORT_HEAD)
  head.writeUInt32BE(SHORT_HEAD + bytesOf(pieces), 0)
  head.write(name, 4, 'latin1')
  return [head, ...pieces]
}

/** How many bytes pieces are together. */
export function bytesOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** The head of an `mdat` whose contents are of this size. */
export function dataHead(size: number): Buffer {
  const isLong = size + SHORT_HEAD > 0xff_ff_ff_ff
  const head = Buffer.alloc(isLong ? LONGEST_HEAD : SHORT_HEAD)
  head.writeUInt32BE(isLong ? LONG_SIZE : size + SHORT_HEAD, 0)
  head.write('mdat', 4, 'latin1')
  if (isLong) head.writeBigUInt64BE(BigInt(size + LONGEST_HEAD), 8)
  return head
}

function atomOf(name: string, at: number, size: number, head: number, left: number): Atom {
  if (size < head) throw falseMovie(`mp4 atom is too small: ${size}`)
  if (size > left) throw falseMovie(`mp4 atom too large: ${size}`)
  return { name, from: at + head, to: at + size }
}
