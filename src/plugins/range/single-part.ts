import type { Awaitable, ByteRange, GatewayError, Head, Sink } from 'gateway/plugin'

/** Lets one range of the body through, as it streams by. */
export class SinglePart implements Sink {
  readonly #next: Sink
  readonly #range: ByteRange
  /** Bytes of the body seen so far. */
  #at = 0

  constructor(next: Sink, range: ByteRange) {
    this.#next = next
    this.#range = range
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const at = this.#at
    this.#at = at + chunk.length
    const from = Math.max(this.#range.start - at, 0)
    const to = Math.min(this.#range.end - at, chunk.length)
    if (from >= to) return undefined
    return this.#next.data(to - from === chunk.length ? chunk : chunk.subarray(from, to))
  }

  end(): Awaitable<void> {
    return this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }
}
