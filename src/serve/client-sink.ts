import { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import { type GatewayError, responseTooLong, responseTooShort } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { signatureOf } from '../kernel/settings/server-identity.ts'
import type { KeptBody } from '../kernel/socket/kept-body.ts'
import type { Stream } from '../kernel/socket/stream.ts'
import type { Head } from '../wire/head.ts'
import { type Framing, writeFields, writeResponseHead } from '../wire/http1/response-writer.ts'
import type { CurrentExchange } from './current-exchange.ts'

const SWITCHING_PROTOCOLS = 101

/**
 * The end of the filter chain: writes a response to the client's connection.
 *
 * The head is held until the first bytes of the body are there, or the end, so that a small
 * response leaves in one write; small output is held back until `postpone_output` bytes wait.
 */
export class ClientSink implements Sink {
  /** What is not written at once is copied, or waited for. */
  readonly borrows = true
  readonly #current: CurrentExchange
  readonly #stream: Stream
  #x: Exchange | undefined
  #framing: Framing = 'none'
  /** Text that must leave before the next bytes: head, chunk size. */
  #text = ''
  /** Output held back (`postpone_output`), and how much. */
  #held: Uint8Array[] | undefined
  #heldBytes = 0
  #postpone = 0
  /** Bytes of the body still to come under a Content-Length. */
  #left = 0
  #ended = false
  #waiting: { resolve: () => void } | undefined

  constructor(current: CurrentExchange) {
    this.#current = current
    this.#stream = current.stream
  }

  /** The exchange whose response this is; known once it was made. */
  attach(x: Exchange): void {
    this.#x = x
  }

  head(head: Head): void {
    const x = this.#x as Exchange
    const { settings } = x.location
    const bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
    this.#framing = this.#frame(x, head, bodyless)
    this.#left = head.length ?? 0
    this.#postpone = head.flush ? 0 : settings.postpone_output
    if (x.version === 9) return
    const keepAlive = this.#current.mayKeepAlive(x, this.#framing)
    const hint = settings.keepalive_timeout.header
    this.#text = writeResponseHead(
      head,
      {
        framing: bodyless && head.length === undefined ? 'none' : this.#framing,
        keepAlive,
        keepAliveHint: hint === undefined ? undefined : Math.floor(hint / 1000),
        server: signatureOf(settings),
      },
      clock.now + clock.set,
      refused(x),
    )
    if (bodyless) this.#framing = 'none'
    // The body may let wait for itself, and the client is to know what it waits for.
    else if (head.flush) this.#current.postponed(this)
  }

  #frame(x: Exchange, head: Head, bodyless: boolean): Framing {
    if (head.length !== undefined) {
      if (!head.trailers || bodyless || !mayChunk(x)) return 'length'
      head.length = undefined
    }
    if (bodyless) return 'none'
    if (head.status === SWITCHING_PROTOCOLS) {
      this.#current.endsWithClose()
      return 'none'
    }
    if (mayChunk(x)) return 'chunked'
    this.#current.endsWithClose()
    return 'close'
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const size = chunk.length
    if (size === 0 || this.#ended) return undefined
    if (this.#framing === 'none') return undefined
    const x = this.#x as Exchange
    if (this.#framing === 'length') {
      if (size > this.#left) return this.#tooLong(x)
      this.#left -= size
    }
    x.bodySent += size
    // The last byte of a known length: nothing follows that could be waited for.
    const whole = this.#framing === 'length' && this.#left === 0
    if (!whole && this.#heldBytes + size < this.#postpone) return this.#hold(chunk)
    if (this.#held) {
      this.#held.push(chunk)
      return this.#put(this.#takeHeld(), '')
    }
    return this.#put(chunk, '')
  }

  whole(body: string | KeptBody): Awaitable<void> {
    // Anything but a whole body of the length that was announced goes the usual way.
    if (this.#framing !== 'length' || body.length !== this.#left || this.#ended || this.#held) {
      return this.data(typeof body === 'string' ? Buffer.from(body, 'latin1') : body.bytes)
    }
    this.#left = 0
    ;(this.#x as Exchange).bodySent += body.length
    const head = this.#text
    this.#text = ''
    const stream = this.#stream
    const waits =
      typeof body === 'string' ? stream.writeText(head + body) : stream.writeKept(head, body)
    return waits ? this.#wait() : undefined
  }

  end(): Awaitable<void> {
    if (this.#ended) return undefined
    const x = this.#x as Exchange
    this.#ended = true
    if (this.#framing === 'length' && this.#left > 0) {
      this.#cut(x, responseTooShort(this.#left))
      return undefined
    }
    const last = this.#framing === 'chunked' ? lastChunk(x) : ''
    if (this.#held) void this.#put(this.#takeHeld(), last)
    else if (this.#text || last) this.#stream.writeText(this.#text + last)
    if (this.#stream.pending === 0) this.#current.finished(x)
    else this.#current.arm(x.location.settings.send_timeout)
    return undefined
  }

  fail(error: GatewayError): void {
    if (this.#ended) return
    this.#ended = true
    this.#cut(this.#x as Exchange, error)
  }

  /** Everything written has left: a waiting writer goes on, an ended response is finished. */
  drained(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#ended) this.#current.finished(this.#x as Exchange)
    waiting?.resolve()
  }

  /** Sends what `postpone_output` holds back; the connection calls it when output pauses. */
  flush(): void {
    if (this.#held) void this.#put(this.#takeHeld(), '')
    else if (this.#text) this.#stream.writeText(this.#text)
    this.#text = ''
  }

  /** The client is gone: nothing is written any more, nobody waits. */
  abandon(): void {
    this.#ended = true
    this.#held = undefined
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }

  #hold(chunk: Uint8Array): void {
    // Copied, because small chunks may be slices of much larger memory.
    this.#held ??= []
    this.#held.push(Buffer.from(chunk))
    this.#heldBytes += chunk.length
    this.#current.postponed(this)
  }

  #takeHeld(): Uint8Array {
    const held = this.#held as Uint8Array[]
    this.#held = undefined
    this.#heldBytes = 0
    return held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held)
  }

  /** Writes one chunk with its framing; a promise where the client does not keep up. */
  #put(chunk: Uint8Array, last: string): Awaitable<void> {
    const stream = this.#stream
    const text = this.#text
    this.#text = ''
    if (this.#framing === 'chunked') {
      stream.writeAround(`${text}${chunk.length.toString(16)}\r\n`, chunk, `\r\n${last}`)
    } else if (text) {
      stream.writeAround(text, chunk, '')
    } else {
      stream.write(chunk)
    }
    return stream.pending === 0 ? undefined : this.#wait()
  }

  #wait(): Promise<void> {
    this.#current.arm((this.#x as Exchange).location.settings.send_timeout)
    return new Promise((resolve) => {
      this.#waiting = { resolve }
    })
  }

  #tooLong(x: Exchange): void {
    this.#ended = true
    this.#cut(x, responseTooLong())
  }

  /** The client must see that the response is incomplete, so the connection ends here. */
  #cut(x: Exchange, error: GatewayError): void {
    this.flush()
    // Without framing, an orderly close would look like the end of the body.
    if (this.#framing === 'close') this.#stream.reset()
    this.#current.cut(x, error)
  }
}

function mayChunk(x: Exchange): boolean {
  return x.version === 11 && x.location.settings.chunked_transfer_encoding
}

function lastChunk(x: Exchange): string {
  const trailers = x.head?.trailers
  if (!trailers) return '0\r\n\r\n'
  return `0\r\n${writeFields(trailers, refused(x))}\r\n`
}

function refused(x: Exchange): (name: string) => void {
  return (name) => x.log('error', `response field "${name}" has bytes that no header may have`)
}
