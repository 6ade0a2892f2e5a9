import { Buffer } from 'node:buffer'

/** With less room than this a new block is begun: output cut in two would have to be joined. */
const LEAST_ROOM = 8192
const NOTHING = Buffer.alloc(0)

/**
 * Memory that output is made in, one piece behind the other. A piece is its receiver's own and never
 * written to again; a block is freed with the last of its pieces. Memory of their own for pieces of a
 * few kilobytes would cost a tenth of what compressing them does.
 */
export class OutputMemory {
  readonly #size: number
  block: Buffer
  /** Where the next piece begins. */
  used = 0

  constructor(size: number) {
    this.#size = Math.max(size, 2 * LEAST_ROOM)
    this.block = Buffer.allocUnsafeSlow(this.#size)
  }

  /** Makes sure that there is room. */
  prepare(): void {
    if (this.block.length - this.used >= LEAST_ROOM) return
    this.block = Buffer.allocUnsafeSlow(this.#size)
    this.used = 0
  }

  /** The piece that was just made, up to `end` of the block. */
  take(end: number): Buffer {
    if (end === this.used) return NOTHING
    const piece = this.block.subarray(this.used, end)
    this.used = end
    return piece
  }

  /** The piece is not needed any more: if it was the last, the next is made over it. */
  giveBack(piece: Uint8Array): void {
    const start = piece.byteOffset - this.block.byteOffset
    if (piece.buffer === this.block.buffer && start + piece.length === this.used) this.used = start
  }
}
