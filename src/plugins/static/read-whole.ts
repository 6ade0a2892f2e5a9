import { Buffer } from 'node:buffer'
import { readSync } from 'node:fs'

/**
 * Small files are read into slices of one larger block: memory of their own would cost more than
 * reading them does. A block is freed when the last of its slices is.
 */
const BLOCK = 262_144

let block = Buffer.allocUnsafeSlow(BLOCK)
let used = 0

/** The first `size` bytes of a file, fewer when it became shorter. */
export function readWhole(fd: number, size: number): Uint8Array {
  if (used + size > BLOCK) {
    block = Buffer.allocUnsafeSlow(BLOCK)
    used = 0
  }
  let at = 0
  while (at < size) {
    const read = readSync(fd, block, used + at, size - at, at)
    if (read === 0) break
    at += read
  }
  const body = block.subarray(used, used + at)
  used += at
  return body
}
