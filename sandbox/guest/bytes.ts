import { chunkNotBytes } from './errors.ts'
import { Bytes, isView } from './primordials.ts'

/** What holds bytes: an ArrayBuffer or a view of one. */
export type BufferLike = ArrayBuffer | ArrayBufferView

/** Whether a value is a Uint8Array. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Bytes
}

/** Whether a value is an ArrayBuffer or a view of one. */
export function isBuffer(value: unknown): value is BufferLike {
  return isView(value) || value instanceof ArrayBuffer
}

/** The bytes something holds, not copied; anything else throws. */
export function bytesOf(value: unknown): Uint8Array {
  if (isBytes(value)) return value
  if (isView(value)) return new Bytes(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return new Bytes(value)
  throw chunkNotBytes()
}

/** Several pieces as one; a copy. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const piece of pieces) length += piece.length
  const all = new Bytes(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
