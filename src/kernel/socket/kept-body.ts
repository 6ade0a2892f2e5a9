import { Buffer } from 'node:buffer'
import { HeadMemo } from '../../wire/http1/head-memo.ts'
import { newBuffer } from './binding.ts'
import { TEXT_LIMIT } from './joint.ts'

/** Bytes in front of a body for the head of its response. */
const ROOM = 1024

/**
 * A whole body that is sent again and again, a file in memory for one. In front of it there is room
 * for a head, so that both leave in one write and the body is never copied.
 */
export class KeptBody {
  /** The body once more, where it is short enough to leave as a text together with its head. */
  readonly #text: string | undefined
  #bytes: Buffer
  /** What stands in front of the body, and both together. */
  #head = ''
  #whole: string | Buffer
  #memo: HeadMemo | undefined

  /** Takes a copy. */
  constructor(bytes: Uint8Array) {
    const short = bytes.length <= TEXT_LIMIT
    this.#bytes = short ? Buffer.from(bytes) : behindRoom(bytes)
    this.#text = short ? this.#bytes.latin1Slice(0, bytes.length) : undefined
    this.#whole = this.#bytes
    this.#memo = undefined
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The body alone; it never changes. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Of the heads it was sent with. */
  get memo(): HeadMemo {
    this.#memo ??= new HeadMemo()
    return this.#memo
  }

  /**
   * The body behind this head: a text of bytes where it is short, or memory that the next call
   * writes over (see `leave`). Undefined where there is not so much room.
   */
  behind(head: string): string | Buffer | undefined {
    if (head === this.#head) return this.#whole
    if (this.#text === undefined && head.length > ROOM) return undefined
    this.#head = head
    this.#whole = this.#text === undefined ? this.#inFront(head) : head + this.#text
    return this.#whole
  }

  /** Leaves the memory of the last `behind` to whoever still needs it. */
  leave(): void {
    this.#bytes = behindRoom(this.#bytes)
    this.#head = ''
    this.#whole = this.#bytes
  }

  #inFront(head: string): Buffer {
    const { buffer } = this.#bytes
    const start = ROOM - head.length
    const whole = Buffer.from(buffer, start)
    whole.latin1Write(head, 0, head.length)
    return whole
  }
}

function behindRoom(bytes: Uint8Array): Buffer {
  const memory = newBuffer(ROOM + bytes.length)
  memory.set(bytes, ROOM)
  return memory.subarray(ROOM)
}
