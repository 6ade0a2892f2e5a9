import { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import { type GatewayError, pluginFailed } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import { giveBlock, LARGE_READ, takeBlock } from '../kernel/socket/blocks.ts'
import { TEXT_LIMIT } from '../kernel/socket/joint.ts'
import type { UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import { lastingOf } from '../kernel/variable/request-value.ts'
import { Spool, type Spooling } from './spool.ts'

/** A client is slow that lets wait so many milliseconds … */
const SLOW_AFTER = 100
/** … for fewer bytes than these: its peer is not kept waiting for it. */
const SLOW_BYTES = 1_048_576

/**
 * Pours the answer of a peer into a sink.
 *
 * While the sink is not ready, the peer is not read. That ends when it turns out to be slow: then
 * the peer is read as fast as it sends, and the answer waits in a spool.
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
  /** Undefined where answers wait for nobody. */
  readonly #spooling: Spooling | undefined
  /** Whether memory is free again once the sink has taken it. */
  readonly #reuse: boolean
  #block: Buffer | undefined = undefined
  /** The block of which the sink has a part, while it is not ready. */
  #lent: Buffer | undefined = undefined
  /** The sink is not ready. */
  #waiting = false
  /** When it was asked to wait, and how long it has let wait for the bytes passed to it. */
  #waitsSince = 0
  #waited = 0
  #passed = 0
  #spool: Spool | undefined = undefined
  /** What comes goes to the spool. */
  #spools = false
  /** The connection is not read. */
  #paused = false
  /** How it ends once the sink has taken everything. */
  #ending: 'complete' | GatewayError | undefined = undefined

  /** `sink` takes the body of the response that `x` has begun. */
  constructor(
    x: Exchange,
    sink: Sink,
    connection: UpstreamConnection,
    readTimeout: number,
    spooling: Spooling | undefined,
  ) {
    this.#x = x
    this.#sink = sink
    this.#connection = connection
    this.#readTimeout = readTimeout
    this.#spooling = spooling
    // A subrequest's reader may keep what it gets; only a client's connection does not.
    this.#reuse = x.direct && x.parent === undefined
  }

  /** Gives bytes of the body to the sink, or to the spool where that is not ready. */
  take(memory: Buffer, from: number, to: number): void {
    if (this.#spools) {
      this.#put(this.#own(memory, from, to))
      return
    }
    const waits = this.#isShortAndWhole(to - from)
      ? this.#sink.whole?.(memory.latin1Slice(from, to))
      : this.#sink.data(this.#chunk(memory, from, to))
    this.#passed += to - from
    if (waits) this.#waitFor(waits, memory)
  }

  /** A text is cheaper than memory of its own then. */
  #isShortAndWhole(size: number): boolean {
    return size <= TEXT_LIMIT && this.#x.head?.length === size && this.#sink.whole !== undefined
  }

  #waitFor(waits: Promise<void>, memory: Buffer): void {
    this.#waiting = true
    this.#waitsSince = clock.now
    if (this.#reuse && memory === this.#block && this.#connection) {
      // Should the sink turn out to be slow, what is read next must not stand where it still reads.
      this.#lent = memory
      this.#takeBlock(this.#connection)
    }
    waits.then(
      () => this.#sinkReady(),
      // A sink that is abandoned needs nothing more; whoever abandoned it has closed the stream.
      () => undefined,
    )
    if (this.#spooling && this.#isSlow()) this.#beginSpooling(this.#spooling)
    else this.#pause()
  }

  /** Whether the sink has let wait for too long; judged anew for every so many milliseconds. */
  #isSlow(): boolean {
    if (this.#waited < SLOW_AFTER) return false
    const slow = this.#passed < SLOW_BYTES
    this.#waited = 0
    this.#passed = 0
    return slow
  }

  #sinkReady(): void {
    this.#waiting = false
    this.#waited += clock.now - this.#waitsSince
    if (this.#lent) giveBlock(this.#lent)
    this.#lent = undefined
    if (this.#spools) void this.#pourSpool(this.#spool as Spool)
    else this.#goOnStraight()
  }

  #goOnStraight(): void {
    if (this.#ending) this.#end(this.#ending)
    else this.#resume()
  }

  /** More is to come after a read of `size` bytes. */
  goOn(size: number): void {
    const connection = this.#connection
    if (!connection) return
    if (!this.#block && size >= LARGE_READ) this.#takeBlock(connection)
    connection.readBy(clock.now + this.#patience)
  }

  /** How long the peer may send nothing; while it is not read, until the sink counts as slow. */
  get #patience(): number {
    if (!this.#paused) return this.#readTimeout
    if (this.#spooling && !this.#spools) return Math.max(0, SLOW_AFTER - this.#waited)
    return Number.POSITIVE_INFINITY
  }

  /** Nothing was read for as long as `goOn` has said. Returns whether that is no fault of the peer. */
  silent(): boolean {
    if (!this.#paused || !this.#spooling || this.#spools) return false
    this.#beginSpooling(this.#spooling)
    this.#resume()
    return true
  }

  #pause(): void {
    this.#paused = true
    this.#connection?.stream.pause()
  }

  #resume(): void {
    this.#paused = false
    const connection = this.#connection
    if (!connection) return
    connection.readBy(clock.now + this.#readTimeout)
    connection.stream.resume()
  }

  // A slow sink.

  #beginSpooling(where: Spooling): void {
    this.#spools = true
    if (this.#spool) return
    const spool = new Spool(this.#x, where, () => this.#resume())
    this.#spool = spool
    lastingOf(this.#x).atEnd(() => spool.close())
  }

  #put(chunk: Buffer): void {
    if (this.#spool?.put(chunk)) return
    this.#pause()
    this.#connection?.readBy(Number.POSITIVE_INFINITY)
  }

  /** Pours what has waited; when nothing is left, the sink gets what comes as before. */
  async #pourSpool(spool: Spool): Promise<void> {
    try {
      while (!spool.empty) await this.#sink.data(await spool.take())
    } catch (error) {
      spool.close()
      this.#ending = pluginFailed('filter', error)
    }
    this.#spools = false
    this.#waited = 0
    this.#passed = 0
    this.#goOnStraight()
  }

  // The end.

  /** Nothing more is read for this answer: the stream reads into lent memory again. */
  leave(): void {
    const connection = this.#connection
    const block = this.#block
    this.#connection = undefined
    this.#block = undefined
    if (!block) return
    connection?.stream.readInto(undefined)
    giveBlock(block)
  }

  /** The answer is complete: the sink is ended once it has taken everything. */
  end(): void {
    this.#endAfterAll('complete')
  }

  /** Nothing more comes of the answer: the sink hears of it once it has taken what there is. */
  fail(error: GatewayError): void {
    if (this.#spools) this.#endAfterAll(error)
    else this.#x.cut(error)
  }

  #endAfterAll(how: 'complete' | GatewayError): void {
    this.#ending = how
    if (!this.#waiting && !this.#spools) this.#end(how)
  }

  #end(how: 'complete' | GatewayError): void {
    if (how !== 'complete') {
      this.#x.cut(how)
      return
    }
    try {
      this.#sink.end()?.catch((error) => this.#endFailed(error))
    } catch (error) {
      this.#endFailed(error)
    }
  }

  #endFailed(error: unknown): void {
    this.#x.cut(pluginFailed('filter', error))
  }

  // Memory.

  #chunk(memory: Buffer, from: number, to: number): Buffer {
    if (this.#reuse && memory === this.#block) return memory.subarray(from, to)
    return this.#own(memory, from, to)
  }

  /** The bytes in memory that is not used again. */
  #own(memory: Buffer, from: number, to: number): Buffer {
    if (memory !== this.#block || to - from < LARGE_READ) return copyOf(memory, from, to)
    if (this.#connection) this.#takeBlock(this.#connection)
    return memory.subarray(from, to)
  }

  /** What is read next stands in a block nobody else has. */
  #takeBlock(connection: UpstreamConnection): void {
    this.#block = takeBlock()
    connection.stream.readInto(this.#block)
  }
}

function copyOf(memory: Buffer, from: number, to: number): Buffer {
  const chunk = Buffer.allocUnsafe(to - from)
  memory.copy(chunk, 0, from, to)
  return chunk
}
