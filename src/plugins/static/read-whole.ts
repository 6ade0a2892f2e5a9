import { Buffer } from 'node:buffer'
import { readSync } from 'node:fs'

/**
 * Small files are read into slices of one larger block, which is begun again where nobody keeps
 * them: memory of their own would cost more than reading them does. A block with slices in use is
 * freed with the last of them.
 */
const BLOCK = 262_144

let block = Buffer.allocUnsafeSlow(BLOCK)
let used = 0

/** The first `size` bytes of a file, fewer when it became shorter. */
export function readWhole(fd: number, size: number): Buffer {
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

/** The bytes are not needed any more: the next file may be read over them. */
export function giveBack(body: Buffer): void {
  const start = body.byteOffset - block.byteOffset
  if (body.buffer === block.buffer && start + body.length === used) used = start
}
