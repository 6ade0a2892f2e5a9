import type { Transform } from 'node:stream'
import type { GatewayError } from '../base/errors.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { Head } from '../wire/head.ts'

/** A stream of Node's that makes bytes of bytes; `flush` puts out what it holds back (zlib's do). */
export type ByteTransform = Transform & { flush?(done: () => void): void }

/**
 * Pours what is poured into it through a stream of Node's, and on: zlib's, which work on threads of
 * their own. No more is made than the next sink takes, whatever a few bytes may come to. Where chunks
 * go out as they come, so does what is made of each.
 */
export class TransformSink implements Sink {
  readonly #next: Sink
  readonly #stream: ByteTransform
  #flushes = false
  /** What the next sink waits for. */
  #waits: Promise<void> | undefined
  #broken: unknown
  #reject: ((error: unknown) => void) | undefined

  /** The stream is this sink's from now on, which destroys it. */
  constructor(next: Sink, stream: ByteTransform) {
    this.#next = next
    this.#stream = stream
    stream.on('data', (bytes: Uint8Array) => this.#pass(bytes))
    stream.on('error', (error) => this.#break(error))
  }

  head(head: Head): void {
    this.#flushes = head.flush
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Promise<void> {
    const stream = this.#stream
    return this.#done((done) => {
      if (!this.#flushes || !stream.flush) stream.write(chunk, () => done())
      else stream.write(chunk, () => stream.flush?.(done))
    })
  }

  async end(): Promise<void> {
    await this.#done((done) => this.#stream.once('end', done).end())
    await this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#stream.destroy()
    this.#next.fail(error)
  }

  /** Settles when a step is done and all it made is through. */
  async #done(step: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject
      if (this.#broken === undefined) step(resolve)
      else reject(this.#broken)
    })
    await this.#waits
  }

  #pass(bytes: Uint8Array): void {
    let waits: Awaitable<void>
    try {
      waits = this.#next.data(bytes)
    } catch (error) {
      this.#break(error)
      return
    }
    if (!waits) return
    this.#stream.pause()
    this.#waits = waits.then(() => {
      this.#waits = undefined
      this.#stream.resume()
    })
    this.#waits.catch((error) => this.#break(error))
  }

  #break(error: unknown): void {
    this.#broken ??= error
    this.#stream.destroy()
    this.#reject?.(error)
  }
}
