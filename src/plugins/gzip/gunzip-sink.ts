import { createGunzip, type Gunzip } from 'node:zlib'
import type { Awaitable, GatewayError, Head, Sink } from 'gateway/plugin'

/**
 * Uncompresses what is poured into it, on Node's threads. A block at a time: whatever a few bytes come
 * to, no more of it is made than the next sink has taken.
 */
export class GunzipSink implements Sink {
  readonly #next: Sink
  readonly #gunzip: Gunzip
  /** What the next sink waits for. */
  #waits: Promise<void> | undefined
  #broken: unknown
  #reject: ((error: unknown) => void) | undefined

  constructor(next: Sink, block: number) {
    this.#next = next
    this.#gunzip = createGunzip({ chunkSize: block })
    this.#gunzip.on('data', (bytes: Uint8Array) => this.#pass(bytes))
    this.#gunzip.on('error', (error) => this.#break(error))
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Promise<void> {
    return this.#done((done) => this.#gunzip.write(chunk, () => done()))
  }

  async end(): Promise<void> {
    await this.#done((done) => this.#gunzip.once('end', done).end())
    await this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#gunzip.destroy()
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
    this.#gunzip.pause()
    this.#waits = waits.then(() => {
      this.#waits = undefined
      this.#gunzip.resume()
    })
    this.#waits.catch((error) => this.#break(error))
  }

  #break(error: unknown): void {
    this.#broken ??= error
    this.#gunzip.destroy()
    this.#reject?.(error)
  }
}
