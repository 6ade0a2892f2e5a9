import { Buffer } from 'node:buffer'
import type { Stream } from '../../kernel/socket/stream.ts'

/** Frames are gathered in blocks of so many bytes, each of which leaves in one write. */
const BLOCK = 65_536
/** So many blocks are kept for the next ones to use. */
const MOST_SPARE = 16

const spare: Buffer[] = []

/** Those with something to send that nobody has flushed; all of them are, once a turn. */
let unflushed: Outbox[] = []

function flushAll(): void {
  const outboxes = unflushed
  unflushed = []
  for (const outbox of outboxes) outbox.flush()
}

/**
 * What leaves on one connection: frames are put one behind the other, and those of one turn of the
 * event loop leave in one write.
 */
export class Outbox {
  /** What is gathered now, after `room`; as much of it as is `used`. */
  block: Buffer = NOTHING
  used = 0
  readonly #stream: Stream
  /** Whether somebody will flush it. */
  #awaited = false

  constructor(stream: Stream) {
    this.#stream = stream
  }

  /** Bytes that wait for the client to take them. */
  get waiting(): number {
    return this.#stream.pending
  }

  /** The caller flushes it: nobody else need. */
  hold(): void {
    this.#awaited = true
  }

  /** Makes room for `size` bytes in `block`; where they begin. What was written is then `used`. */
  room(size: number): number {
    if (this.block.length - this.used < size) {
      this.#write()
      // A head can be longer than any block.
      this.block = size > BLOCK ? Buffer.allocUnsafeSlow(size) : (spare.pop() ?? newBlock())
    }
    if (!this.#awaited) {
      this.#awaited = true
      if (unflushed.push(this) === 1) setImmediate(flushAll)
    }
    return this.used
  }

  flush(): void {
    this.#awaited = false
    this.#write()
  }

  #write(): void {
    const { block, used } = this
    const stream = this.#stream
    this.block = NOTHING
    this.used = 0
    if (used > 0) stream.write(block.subarray(0, used))
    // While something waits, it may be this.
    const isFree = stream.pending === 0 || stream.closed
    if (isFree && block.length === BLOCK && spare.length < MOST_SPARE) spare.push(block)
  }
}

const NOTHING = Buffer.alloc(0)

function newBlock(): Buffer {
  return Buffer.allocUnsafeSlow(BLOCK)
}
