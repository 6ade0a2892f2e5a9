import { Buffer } from 'node:buffer'
import { clock } from '../clock.ts'
import { pluginFailed } from '../errors.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Sink } from '../filter/sink.ts'
import { newBuffer } from '../socket/binding.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Memory a large body is read into, in bytes. */
const BLOCK = 131_072
/** A read of this size says that the peer sends faster than small reads can carry. */
const LARGE_READ = 32_768
/** Blocks kept for the next large body. */
const SPARE_BLOCKS = 16

const spare: Buffer[] = []

/**
 * Pours the answer of a peer into a sink, and stops reading from the peer while the sink is not
 * ready.
 *
 * Small reads come in memory that is lent and are copied. Large ones are read into a block of
 * their own: reused read by read where nobody but the client's connection sees the bytes,
 * handed over for good where a plugin may keep them.
 */
export class Pourer {
  readonly #x: Exchange
  readonly #sink: Sink
  /** Undefined once it is not read for this answer any more. */
  #connection: UpstreamConnection | undefined
  /** The longest pause between two reads, in milliseconds. */
  readonly #readTimeout: number
  /** Whether memory is free again once the sink has taken it. */
  readonly #reuse: boolean
  #block: Buffer | undefined = undefined
  /** The sink is not ready; the connection is not read. */
  #waiting = false
  /** Whether the sink is ended once it is ready. */
  #ending = false

  /** `sink` takes the body of the response that `x` has begun. */
  constructor(x: Exchange, sink: Sink, connection: UpstreamConnection, readTimeout: number) {
    this.#x = x
    this.#sink = sink
    this.#connection = connection
    this.#readTimeout = readTimeout
    // A subrequest's reader may keep what it gets; only a client's connection does not.
    this.#reuse = x.direct && x.parent === undefined
  }

  /** Gives bytes of the body to the sink, and waits for it where it asks for that. */
  take(memory: Buffer, from: number, to: number): void {
    const waits = this.#sink.data(this.#chunk(memory, from, to))
    if (!waits) return
    this.#waiting = true
    this.#connection?.stream.pause()
    waits.then(
      () => this.#sinkReady(),
      // A sink that is abandoned needs nothing more; whoever abandoned it has closed the stream.
      () => undefined,
    )
  }

  #sinkReady(): void {
    this.#waiting = false
    if (this.#ending) {
      this.#endSink()
      return
    }
    const connection = this.#connection
    if (!connection) return
    connection.readBy(clock.now + this.#readTimeout)
    connection.stream.resume()
  }

  /** More is to come after a read of `size` bytes. */
  goOn(size: number): void {
    const connection = this.#connection
    if (!connection) return
    if (!this.#block && size >= LARGE_READ) this.#takeBlock(connection)
    const patience = this.#waiting ? Number.POSITIVE_INFINITY : this.#readTimeout
    connection.readBy(clock.now + patience)
  }

  /** Nothing more is read for this answer: the stream reads into lent memory again. */
  leave(): void {
    const connection = this.#connection
    const block = this.#block
    this.#connection = undefined
    this.#block = undefined
    if (!block) return
    connection?.stream.readInto(undefined)
    if (!this.#waiting) giveBlock(block)
  }

  /** The answer is complete: the sink is ended once it has taken everything. */
  end(): void {
    if (this.#waiting) this.#ending = true
    else this.#endSink()
  }

  #endSink(): void {
    try {
      this.#sink.end()?.catch((error) => this.#endFailed(error))
    } catch (error) {
      this.#endFailed(error)
    }
  }

  #endFailed(error: unknown): void {
    this.#x.cut(pluginFailed('filter', error))
  }

  #chunk(memory: Buffer, from: number, to: number): Buffer {
    if (memory !== this.#block) return copyOf(memory, from, to)
    if (this.#reuse) return memory.subarray(from, to)
    if (to - from < LARGE_READ) return copyOf(memory, from, to)
    if (this.#connection) this.#takeBlock(this.#connection)
    return memory.subarray(from, to)
  }

  /** What is read next stands in a block nobody else has. */
  #takeBlock(connection: UpstreamConnection): void {
    this.#block = spare.pop() ?? newBuffer(BLOCK)
    connection.stream.readInto(this.#block)
  }
}

function copyOf(memory: Buffer, from: number, to: number): Buffer {
  const chunk = Buffer.allocUnsafe(to - from)
  memory.copy(chunk, 0, from, to)
  return chunk
}

function giveBlock(block: Buffer): void {
  if (spare.length < SPARE_BLOCKS) spare.push(block)
}
