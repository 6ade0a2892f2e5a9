import type { Awaitable, GatewayError, Head, Sink } from 'gateway/plugin'
import { EventReader } from './events.ts'
import type { Tokens } from './tokens.ts'

/** An answer that does not stream is kept up to so many bytes, to be read when it is whole. */
const LONGEST = 4_000_000

/** Passes everything on as it comes, and counts the tokens in it. */
export class TokenCounter implements Sink {
  readonly #next: Sink
  readonly #tokens: Tokens
  readonly #events: EventReader | undefined
  #chunks: Uint8Array[] = []
  #size = 0

  constructor(next: Sink, tokens: Tokens, type: string) {
    this.#next = next
    this.#tokens = tokens
    const streams = /^text\/event-stream\b/i.test(type)
    this.#events = streams ? new EventReader((data) => tokens.add(data)) : undefined
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    // Counted first: what has left the gateway is used, whether or not it arrives.
    if (this.#events) this.#events.read(chunk)
    else this.#keep(chunk)
    return this.#next.data(chunk)
  }

  end(): Awaitable<void> {
    if (!this.#events && this.#size <= LONGEST) this.#tokens.add(decode(this.#chunks))
    return this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  #keep(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size <= LONGEST) return void this.#chunks.push(new Uint8Array(chunk))
    this.#chunks = []
    this.#tokens.addUnknown(chunk.length)
  }
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
