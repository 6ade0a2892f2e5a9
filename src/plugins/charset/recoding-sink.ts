import type { Awaitable, GatewayError, Head, Sink } from 'gateway/plugin'
import type { Recoder } from './recoder.ts'

/** Converts what is poured into it. */
export class RecodingSink implements Sink {
  readonly #next: Sink
  readonly #recoder: Recoder

  constructor(next: Sink, recoder: Recoder) {
    this.#next = next
    this.#recoder = recoder
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const made = this.#recoder.recode(chunk)
    return made.length > 0 ? this.#next.data(made) : undefined
  }

  end(): Awaitable<void> {
    const rest = this.#recoder.end()
    const waits = rest.length > 0 ? this.#next.data(rest) : undefined
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }
}
