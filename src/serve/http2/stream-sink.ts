import { Buffer } from 'node:buffer'
import { type GatewayError, responseTooLong, responseTooShort } from '../../base/errors.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { Sink } from '../../kernel/filter/sink.ts'
import type { Awaitable } from '../../kernel/phase/verdict.ts'
import type { KeptBody } from '../../kernel/socket/kept-body.ts'
import type { Head } from '../../wire/head.ts'
import type { ClientStream } from './client-stream.ts'

/** The end of the filter chain where HTTP/2 is spoken: pours a response into its stream. */
export class StreamSink implements Sink {
  /** What does not leave at once is waited for. */
  readonly borrows = true
  readonly #stream: ClientStream
  /** Whether the response has no body, whatever comes. */
  #bodyless = false
  /** Bytes of the body still to come; negative where nobody knows. */
  #left = -1
  #trailers = false
  #ended = false

  constructor(stream: ClientStream) {
    this.#stream = stream
  }

  head(head: Head): void {
    const stream = this.#stream
    const x = stream.x as Exchange
    this.#bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
    this.#trailers = head.trailers !== undefined && !this.#bodyless
    this.#left = head.length ?? -1
    const whole = this.#bodyless || (this.#left === 0 && !this.#trailers)
    stream.output.head(head, whole ? 'last' : 'more')
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const size = chunk.length
    if (size === 0 || this.#ended || this.#bodyless) return undefined
    const stream = this.#stream
    if (this.#left >= 0) {
      if (size > this.#left) {
        this.#cut(responseTooLong())
        return undefined
      }
      this.#left -= size
    }
    return stream.output.send(chunk, this.#left === 0 && !this.#trailers ? 'last' : 'more')
  }

  whole(body: string | KeptBody): Awaitable<void> {
    return this.data(typeof body === 'string' ? Buffer.from(body, 'latin1') : body.bytes)
  }

  end(): Awaitable<void> {
    if (this.#ended) return undefined
    if (this.#left > 0 && !this.#bodyless) {
      this.#cut(responseTooShort(this.#left))
      return undefined
    }
    this.#ended = true
    const stream = this.#stream
    // What was last has said so where that was known: of a body of a known length, or of none.
    if (!this.#bodyless && (this.#left < 0 || this.#trailers)) {
      const trailers = (stream.x as Exchange).head?.trailers
      if (trailers && trailers.list.length > 0) stream.output.trailers(trailers)
      else stream.output.end()
    }
    stream.finished()
    return undefined
  }

  fail(error: GatewayError): void {
    if (!this.#ended) this.#cut(error)
  }

  /** The client is gone: nothing is sent any more. */
  abandon(): void {
    this.#ended = true
  }

  #cut(error: GatewayError): void {
    this.#ended = true
    this.#stream.cut(error)
  }
}
