import type { Buffer } from 'node:buffer'
import { clientTimedOut } from '../../base/errors.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { BodySource } from '../../kernel/exchange/request-body.ts'
import type { Fields } from '../../wire/http1/fields.ts'
import { CODE } from '../../wire/http2/codes.ts'
import { StreamFault } from '../../wire/http2/fault.ts'
import { windowFrame } from '../../wire/http2/frame-writer.ts'
import type { ClientStream } from './client-stream.ts'

const CONTINUE = 100
const NEVER = Number.POSITIVE_INFINITY

/** What comes on one stream behind the head: a body, or what the client says into a tunnel. */
export class RequestInput implements BodySource {
  /** Whether all of the request was sent. */
  whole = false
  /** The client waits for a word before it sends its body. */
  expectsContinue = false
  /** Until when something must come. */
  readBy = NEVER
  readonly #stream: ClientStream
  /** Bytes that the client may still send, and that were taken since it was last told. */
  #room: number
  #taken = 0
  /** Whether somebody takes it as it comes. */
  #flowing = false

  /** `room`: bytes that the client may send before somebody wants them. */
  constructor(stream: ClientStream, room: number) {
    this.#stream = stream
    this.#room = room
  }

  /** Bytes that the client may still send. */
  get room(): number {
    return this.#room
  }

  /** Takes a piece; `flow` is what it counts, padding included. Throws a `StreamFault`. */
  feed(bytes: Buffer, from: number, to: number, flow: number): void {
    const { tunnel, x } = this.#stream
    this.#room -= flow
    if (this.#room < 0) throw new StreamFault(CODE.flowControlError, 'more than its window')
    this.#taken += flow
    if (tunnel) {
      tunnel.came(bytes, from, to)
    } else {
      const { body } = x as Exchange
      if (body.length !== undefined && body.received + to - from > body.length) {
        throw new StreamFault(CODE.protocolError, 'more body than it has announced')
      }
      body.feed(bytes, from, to)
    }
    if (this.#flowing) this.#invite()
  }

  /** That was all. Throws a `StreamFault`. */
  end(trailers: Fields | undefined): void {
    const { tunnel, x } = this.#stream
    this.whole = true
    this.readBy = NEVER
    if (tunnel) {
      tunnel.cameAll()
      return
    }
    const { body } = x as Exchange
    if (body.length !== undefined && body.received < body.length) {
      throw new StreamFault(CODE.protocolError, 'less body than it has announced')
    }
    body.finish(trailers)
  }

  resumeBody(): void {
    const { id, session, x } = this.#stream
    this.#flowing = true
    if (this.expectsContinue) {
      this.expectsContinue = false
      if (!x?.head) session.outgoing.head(id, CONTINUE, [], 'more')
    }
    this.#invite()
  }

  pauseBody(): void {
    this.#flowing = false
    this.readBy = NEVER
  }

  /** Bytes that came and need not be kept any more: they may be sent anew on the connection. */
  takeTaken(): number {
    const taken = this.#taken
    this.#taken = 0
    return taken
  }

  /** Whether the client took too long; who reads the body is told. */
  timedOut(now: number): boolean {
    if (this.readBy > now) return false
    this.readBy = NEVER
    this.#stream.x?.body.fail(clientTimedOut('its request body was read'))
    return true
  }

  /** What was taken may be sent anew. */
  #invite(): void {
    const { id, session, tunnel, x } = this.#stream
    if (!x || this.whole) return
    const { body, location } = x
    if (!tunnel) {
      // What a tunnel is waited for is its own business.
      this.readBy = session.deadlines.awaitBody(location.settings.client_body_timeout)
      if (body.length !== undefined && body.length - body.received <= this.#room) return
    }
    const { http2_recv_buffer_size: most } = session.settings
    const missing = most - this.#room
    // Too little is not worth a frame.
    if (missing < most / 2) return
    this.#room += missing
    session.outgoing.frame(windowFrame(id, missing))
    session.room.release(this.takeTaken())
  }
}
