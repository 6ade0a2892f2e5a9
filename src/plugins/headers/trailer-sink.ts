import {
  type Awaitable,
  type Exchange,
  Fields,
  type GatewayError,
  type Head,
  type Sink,
} from 'gateway/plugin'
import type { Trailer } from './add-trailer.ts'

/** Whether a response can have a body in chunks, behind which trailer fields stand. */
export function mayHaveTrailers(x: Exchange, { status }: Head): boolean {
  const bodyless = x.method === 'HEAD' || status === 204 || status === 304 || status < 200
  return !bodyless && (x.version === 20 || mayChunk(x))
}

/** Adds these trailer fields when the body has passed. */
export function withTrailers(x: Exchange, next: Sink, added: readonly Trailer[]): Sink {
  const head = x.head as Head
  head.trailers ??= new Fields()
  return new TrailerSink(x, next, added, head.trailers)
}

class TrailerSink implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #added: readonly Trailer[]
  readonly #trailers: Fields

  constructor(x: Exchange, next: Sink, added: readonly Trailer[], trailers: Fields) {
    this.#x = x
    this.#next = next
    this.#added = added
    this.#trailers = trailers
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    return this.#next.data(chunk)
  }

  end(): Awaitable<void> {
    for (const { name, value } of this.#added) {
      const text = value.render(this.#x)
      if (text !== '') this.#trailers.add(name, text)
    }
    return this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }
}

function mayChunk(x: Exchange): boolean {
  return x.version === 11 && x.location.settings.chunked_transfer_encoding
}
