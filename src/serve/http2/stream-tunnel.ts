import { Buffer } from 'node:buffer'
import '../../base/node-buffer.ts'
import type { GatewayError } from '../../base/errors.ts'
import type { ClientEnd } from '../../kernel/exchange/client-end.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { ByteStream } from '../../kernel/socket/byte-stream.ts'
import type { StreamUser } from '../../kernel/socket/stream-user.ts'
import type { ClientStream } from './client-stream.ts'

/**
 * A stream that carries bytes and no messages, since an extended CONNECT was answered with 200 (RFC
 * 8441): the client's end of a tunnel.
 */
export class StreamTunnel implements ByteStream, ClientEnd {
  user: StreamUser = NOBODY
  pending = 0
  closed = false
  ended = false
  readonly #stream: ClientStream
  /** What has come before somebody reads. */
  #early: Buffer[] = []
  #reading = false
  #ending = false
  /** Written while something waits. */
  #waiting: Uint8Array[] = []

  constructor(stream: ClientStream) {
    this.#stream = stream
  }

  get stream(): ByteStream {
    return this
  }

  // What the client sends.

  /** Bytes came, on lent memory. */
  came(bytes: Buffer, from: number, to: number): void {
    if (this.closed) return
    if (this.#reading && this.#early.length === 0) {
      this.user.onBytes(bytes.subarray(from, to), to - from)
      return
    }
    this.#early.push(Buffer.from(bytes.subarray(from, to)))
  }

  /** Nothing more comes. */
  cameAll(): void {
    this.ended = true
    if (this.#reading && this.#early.length === 0) this.user.onEnd()
  }

  /** The client has ended the stream, or the connection. */
  broke(code: string): void {
    if (this.closed) return
    this.closed = true
    this.pending = 0
    this.user.onBroken(code)
  }

  takeEarly(): Buffer | undefined {
    if (this.#early.length === 0) return undefined
    const early = Buffer.concat(this.#early)
    this.#early = []
    return early
  }

  resume(): void {
    if (this.closed || this.#reading) return
    this.#reading = true
    // As from a socket, the user is told from the event loop.
    if (this.#early.length > 0 || this.ended) setImmediate(() => this.#tellEarly())
    this.#stream.input.resumeBody()
  }

  pause(): void {
    this.#reading = false
    if (!this.closed) this.#stream.input.pauseBody()
  }

  #tellEarly(): void {
    if (!this.#reading || this.closed) return
    const early = this.takeEarly()
    if (early) this.user.onBytes(early, early.length)
    if (this.#reading && this.ended && !this.closed) this.user.onEnd()
  }

  readInto(_memory: Buffer | undefined): void {
    // Frames are read where all of the connection's are.
  }

  // What it is sent.

  write(bytes: Uint8Array): boolean {
    if (this.closed || bytes.length === 0) return this.pending > 0
    this.pending += bytes.length
    this.#waiting.push(bytes)
    if (this.#waiting.length === 1) this.#pour()
    return this.pending > 0
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    // What has to wait must not stand in lent memory.
    const copy = Buffer.allocUnsafe(before.length + bytes.length + after.length)
    copy.latin1Write(before, 0, before.length)
    copy.set(bytes, before.length)
    copy.latin1Write(after, before.length + bytes.length, after.length)
    return this.write(copy)
  }

  end(): void {
    if (this.closed || this.#ending) return
    this.#ending = true
    if (this.pending === 0) this.#stream.output.end()
  }

  #pour(): void {
    for (;;) {
      const bytes = this.#waiting[0]
      if (!bytes || this.closed) return
      const waits = this.#stream.output.send(bytes, 'more')
      if (waits) {
        void waits.then(() => this.#left(bytes))
        return
      }
      this.#waiting.shift()
      this.pending -= bytes.length
    }
  }

  /** What had to wait has left. */
  #left(bytes: Uint8Array): void {
    if (this.closed) return
    this.#waiting.shift()
    this.pending -= bytes.length
    this.#pour()
    if (this.pending > 0 || this.closed) return
    if (this.#ending) this.#stream.output.end()
    else this.user.onDrain()
  }

  // What the tunnel asks.

  arm(milliseconds: number): void {
    this.#stream.output.arm(milliseconds)
  }

  taken(): void {
    // A stream knows by itself when everything was taken.
  }

  leave(x: Exchange, error: GatewayError | undefined): void {
    if (error) x.report(error)
    const broken = this.closed
    this.closed = true
    if (broken) return
    if (this.#ending && this.pending === 0) this.#stream.finished()
    else this.#stream.stop()
  }
}

const NOBODY: StreamUser = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onBroken: () => undefined,
}
