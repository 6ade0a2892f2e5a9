import { Buffer } from 'node:buffer'
import { newBuffer } from './binding.ts'

/** Up to this many bytes, a head and its body are copied together and leave in one write. */
export const JOIN_LIMIT = 32_768
/** Up to this many bytes, a body goes into the same text as its head: cheaper than any buffer. */
export const TEXT_LIMIT = 1024

const VIEWS = 64

let joint = newBuffer(JOIN_LIMIT)
/** Views of the first bytes of `joint`, by the last bits of their size: making one is dear. */
let views = new Array<Buffer | undefined>(VIEWS).fill(undefined)

/** One text of all three. */
export function joinText(before: string, bytes: Uint8Array, after: string): string {
  return `${before}${asBuffer(bytes).latin1Slice(0, bytes.length)}${after}`
}

/**
 * All three, at most JOIN_LIMIT bytes, one behind the other in memory that the next call writes
 * over; see `keepJoint`.
 */
export function joinBytes(before: string, bytes: Uint8Array, after: string): Buffer {
  joint.latin1Write(before, 0, before.length)
  joint.set(bytes, before.length)
  const end = before.length + bytes.length
  if (after) joint.latin1Write(after, end, after.length)
  return view(end + after.length)
}

/** Leaves the memory of the last `joinBytes` to whoever still needs it. */
export function keepJoint(): void {
  joint = newBuffer(JOIN_LIMIT)
  views = new Array<Buffer | undefined>(VIEWS).fill(undefined)
}

function view(size: number): Buffer {
  const known = views[size % VIEWS]
  if (known?.length === size) return known
  const made = joint.subarray(0, size)
  views[size % VIEWS] = made
  return made
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
