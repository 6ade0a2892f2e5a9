import { Buffer } from 'node:buffer'
import { CODE, DEFAULT_FRAME, FRAME_HEAD, STREAM_BITS } from './codes.ts'
import { ConnectionFault } from './fault.ts'

/** One frame; its payload stands in `bytes` from `from` to `to`, and is lent. */
export interface Frame {
  type: number
  flags: number
  stream: number
  bytes: Buffer
  from: number
  to: number
}

const NOTHING = Buffer.alloc(0)

/** Cuts what a peer sends into frames; at most one that is not complete is kept. */
export class FrameReader {
  /** The same object for each frame. */
  readonly #frame: Frame = { type: 0, flags: 0, stream: 0, bytes: NOTHING, from: 0, to: 0 }
  /** The head of an incomplete frame, or all of it once that is known, and how much is there. */
  #partial: Buffer | undefined = undefined
  #kept = 0

  /** Whether the beginning of a frame waits for its rest. */
  get isWithin(): boolean {
    return this.#partial !== undefined
  }

  /**
   * Gives each complete frame of `memory` to `take`, in order, until that says no. Throws what
   * `take` throws, and a `ConnectionFault` for a frame that is longer than was agreed.
   */
  read(memory: Buffer, size: number, take: (frame: Frame) => boolean): void {
    let at = this.#partial ? this.#complete(memory, size, take) : 0
    while (at >= 0 && size - at >= FRAME_HEAD) {
      const to = at + FRAME_HEAD + lengthOf(memory, at)
      if (to > size) break
      at = this.#give(memory, at, to, take) ? to : -1
    }
    if (at >= 0 && at < size) this.#keep(memory, at, size)
  }

  /** Nothing of it is wanted any more. */
  drop(): void {
    this.#partial = undefined
  }

  /** Completes the frame that was begun; where the next one begins, or negative for no next one. */
  #complete(memory: Buffer, size: number, take: (frame: Frame) => boolean): number {
    let at = 0
    if (this.#kept < FRAME_HEAD) {
      at = this.#fill(memory, 0, size, FRAME_HEAD)
      if (this.#kept < FRAME_HEAD) return -1
    }
    const head = this.#partial as Buffer
    const length = FRAME_HEAD + lengthOf(head, 0)
    if (head.length < length) {
      this.#partial = Buffer.allocUnsafe(length)
      head.copy(this.#partial, 0, 0, this.#kept)
    }
    at = this.#fill(memory, at, size, length)
    if (this.#kept < length) return -1
    const whole = this.#partial as Buffer
    this.#partial = undefined
    return this.#give(whole, 0, length, take) ? at : -1
  }

  #fill(memory: Buffer, from: number, size: number, wanted: number): number {
    const to = Math.min(size, from + wanted - this.#kept)
    memory.copy(this.#partial as Buffer, this.#kept, from, to)
    this.#kept += to - from
    return to
  }

  #keep(memory: Buffer, from: number, to: number): void {
    this.#kept = to - from
    const wanted = this.#kept < FRAME_HEAD ? FRAME_HEAD : FRAME_HEAD + lengthOf(memory, from)
    this.#partial = Buffer.allocUnsafe(wanted)
    memory.copy(this.#partial, 0, from, to)
  }

  #give(bytes: Buffer, from: number, to: number, take: (frame: Frame) => boolean): boolean {
    const frame = this.#frame
    frame.type = bytes[from + 3] as number
    frame.flags = bytes[from + 4] as number
    frame.stream = bytes.readUInt32BE(from + 5) & STREAM_BITS
    frame.bytes = bytes
    frame.from = from + FRAME_HEAD
    frame.to = to
    return take(frame)
  }
}

/** How long the payload of the frame is whose head begins at `at`; its length is checked first. */
function lengthOf(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3)
  if (length <= DEFAULT_FRAME) return length
  throw new ConnectionFault(CODE.frameSizeError, `a frame of ${length} bytes`)
}
