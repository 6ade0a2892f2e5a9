import { clock } from '../../base/clock.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { Awaitable } from '../../kernel/phase/verdict.ts'
import { signatureOf } from '../../kernel/settings/server-identity.ts'
import type { Head } from '../../wire/head.ts'
import type { Fields } from '../../wire/http1/fields.ts'
import { CODE, WIDEST_WINDOW } from '../../wire/http2/codes.ts'
import { StreamFault } from '../../wire/http2/fault.ts'
import { plainFields, responseFields } from '../../wire/http2/response-fields.ts'
import type { ClientStream } from './client-stream.ts'
import type { Position } from './outgoing.ts'

const OK = 200
const SWITCHING = 101
const EARLY_HINTS = 103
const NOTHING = new Uint8Array(0)
const NEVER = Number.POSITIVE_INFINITY

/** What leaves on one stream: a response, as the client takes it. */
export class ResponseOutput {
  /** Bytes of bodies that the client still takes here. */
  window: number
  /** Bytes of frames so far. */
  sent = 0
  /** Until when something must be taken. */
  writeBy = NEVER
  readonly #stream: ClientStream
  /** What waits until the client takes more, and from where on. */
  #held: Uint8Array | undefined = undefined
  #from = 0
  #position: Position = 'more'
  #waiting: (() => void) | undefined = undefined

  constructor(stream: ClientStream, window: number) {
    this.#stream = stream
    this.window = window
  }

  /** Bytes that wait. */
  get unsent(): number {
    return this.#held ? this.#held.length - this.#from : 0
  }

  head(head: Head, position: Position): void {
    const { id, session, x } = this.#stream
    const { settings } = (x as Exchange).location
    session.connection.settings = settings
    const facts = { server: signatureOf(settings), now: clock.now + clock.set }
    const fields = responseFields(head, facts, this.#refused)
    // An extended CONNECT succeeds as every other request (RFC 8441 section 5).
    const status = head.status === SWITCHING ? OK : head.status
    this.sent += session.outgoing.head(id, status, fields, position)
  }

  hint(fields: Fields): void {
    const { id, session, x } = this.#stream
    if (x?.head) return
    session.outgoing.head(id, EARLY_HINTS, plainFields(fields, this.#refused), 'more')
  }

  trailers(fields: Fields): void {
    const { id, session } = this.#stream
    this.sent += session.outgoing.trailers(id, plainFields(fields, this.#refused))
  }

  end(): void {
    const { id, session } = this.#stream
    this.sent += session.outgoing.data(id, NOTHING, 0, 0, 'last')
  }

  /** Sends what the client takes now; a promise where it does not take all of it. */
  send(chunk: Uint8Array, position: Position): Awaitable<void> {
    const { session, x } = this.#stream
    const { queue } = session.outgoing
    ;(x as Exchange).bodySent += chunk.length
    let from = 0
    while (from < chunk.length && queue.isFree) {
      const to = this.#piece(chunk, from, position)
      if (to === from) break
      from = to
    }
    if (from === chunk.length) return undefined
    this.#held = chunk
    this.#from = from
    this.#position = position
    queue.add(this)
    this.waitOn()
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  /** Sends one more piece of what waits; whether there is more that may leave now. */
  sendMore(): boolean {
    const held = this.#held
    if (!held) return false
    const from = this.#piece(held, this.#from, this.#position)
    const moved = from > this.#from
    this.#from = from
    if (from === held.length) {
      this.release()
      return false
    }
    if (moved) this.waitOn()
    return this.window > 0
  }

  /** The client takes so much more, or less. Throws a `StreamFault`. */
  widen(bytes: number): void {
    this.window += bytes
    if (this.window > WIDEST_WINDOW) {
      throw new StreamFault(CODE.flowControlError, 'a window wider than there are')
    }
    if (this.#held) this.#stream.session.outgoing.queue.add(this)
  }

  /** Where something waits, the client has its time anew. */
  waitOn(): void {
    const { x } = this.#stream
    if (x && this.#held) this.arm(x.location.settings.send_timeout)
  }

  /** The client has this long to take something. */
  arm(milliseconds: number): void {
    this.writeBy = this.#stream.session.deadlines.awaitTaking(milliseconds)
  }

  /** Nothing waits any more: it was sent, or nobody wants it. */
  release(): void {
    const waiting = this.#waiting
    this.#held = undefined
    this.#waiting = undefined
    this.writeBy = NEVER
    waiting?.()
  }

  /** As much as one frame may carry now; returns up to where. */
  #piece(chunk: Uint8Array, from: number, position: Position): number {
    const { id, session, x } = this.#stream
    const { outgoing } = session
    const { http2_chunk_size } = (x as Exchange).location.settings
    const most = Math.min(http2_chunk_size, outgoing.peer.frame, this.window, outgoing.window)
    if (most <= 0) return from
    const to = Math.min(chunk.length, from + most)
    this.window -= to - from
    session.conduct.moved(to - from)
    const isLast = to === chunk.length && position === 'last'
    this.sent += outgoing.data(id, chunk, from, to, isLast ? 'last' : 'more')
    return to
  }

  readonly #refused = (name: string): void => {
    this.#stream.x?.log('error', `response field "${name}" has bytes that no header may have`)
  }
}
