import { Buffer } from 'node:buffer'
import type { Exchange } from '../exchange/exchange.ts'
import type { Sink } from '../filter/sink.ts'
import { newBuffer } from '../socket/binding.ts'
import type { Stream } from '../socket/stream.ts'

/** Memory a large body is read into, in bytes. */
const BLOCK = 131_072
/** A read of this size says that the peer sends faster than small reads can carry. */
const LARGE_READ = 32_768
/** Blocks kept for the next large body. */
const SPARE_BLOCKS = 16

const spare: Buffer[] = []

/** Who reads from the stream, and goes on when the sink is ready again. */
export interface PourOwner {
  sinkReady(): void
}

/**
 * Pours the body of an answer from a peer's stream into a sink, and stops the stream while the
 * sink is not ready.
 *
 * Small reads come in memory that is lent and are copied. Large ones are read into a block of
 * their own: reused read by read where nobody but the client's connection sees the bytes,
 * handed over for good where a plugin may keep them.
 */
export class Pourer {
  readonly #owner: PourOwner
  readonly #sink: Sink
  readonly #stream: Stream
  /** Whether memory is free again once the sink has taken it. */
  readonly #reuse: boolean
  #block: Buffer | undefined = undefined
  /** The sink is not ready; the stream is paused. */
  #waiting = false
  /** What to do once it is. */
  #then: (() => void) | undefined = undefined

  constructor(x: Exchange, sink: Sink, stream: Stream, owner: PourOwner) {
    this.#owner = owner
    this.#sink = sink
    this.#stream = stream
    // A subrequest's reader may keep what it gets; only a client's connection does not.
    this.#reuse = x.direct && x.parent === undefined
  }

  get waiting(): boolean {
    return this.#waiting
  }

  /** Gives bytes to the sink; its owner is called once a sink that waits is ready. */
  take(memory: Buffer, from: number, to: number): void {
    const waits = this.#sink.data(this.#chunk(memory, from, to))
    if (!waits) return
    this.#waiting = true
    this.#stream.pause()
    waits.then(
      () => {
        this.#waiting = false
        const then = this.#then
        if (then) then()
        else this.#owner.sinkReady()
      },
      // A sink that is abandoned needs nothing more; whoever abandoned it has closed the stream.
      () => undefined,
    )
  }

  /** More is to come after a read of `size` bytes. */
  goOn(size: number): void {
    if (this.#block || size < LARGE_READ) return
    this.#block = takeBlock()
    this.#stream.readInto(this.#block)
  }

  /** Calls `then` once the sink has taken everything. */
  whenTaken(then: () => void): void {
    if (this.#waiting) this.#then = then
    else then()
  }

  /** The body is through: the stream reads into lent memory again. */
  finish(): void {
    const block = this.#block
    if (!block) return
    this.#block = undefined
    this.#stream.readInto(undefined)
    if (!this.#waiting) giveBlock(block)
  }

  #chunk(memory: Buffer, from: number, to: number): Buffer {
    if (memory !== this.#block) return copyOf(memory, from, to)
    if (this.#reuse) return memory.subarray(from, to)
    if (to - from < LARGE_READ) return copyOf(memory, from, to)
    this.#block = takeBlock()
    this.#stream.readInto(this.#block)
    return memory.subarray(from, to)
  }
}

function copyOf(memory: Buffer, from: number, to: number): Buffer {
  const chunk = Buffer.allocUnsafe(to - from)
  memory.copy(chunk, 0, from, to)
  return chunk
}

function takeBlock(): Buffer {
  return spare.pop() ?? newBuffer(BLOCK)
}

function giveBlock(block: Buffer): void {
  if (spare.length < SPARE_BLOCKS) spare.push(block)
}
