import { badRequest, clientClosed, clientTimedOut, type GatewayError } from '../../base/errors.ts'
import type { ClientEnd } from '../../kernel/exchange/client-end.ts'
import type { Carrier, Exchange } from '../../kernel/exchange/exchange.ts'
import { runLog } from '../../kernel/phase/run.ts'
import type { Fields } from '../../wire/http1/fields.ts'
import { CODE } from '../../wire/http2/codes.ts'
import type { StreamFault } from '../../wire/http2/fault.ts'
import { RequestInput } from './request-input.ts'
import { ResponseOutput } from './response-output.ts'
import type { Session } from './session.ts'
import type { StreamSink } from './stream-sink.ts'
import type { StreamTunnel } from './stream-tunnel.ts'

/** nginx's own status for a client that left before it was answered. */
const CLIENT_CLOSED = 499

/** One stream of an HTTP/2 connection: the exchange it carries, and how that ends. */
export class ClientStream implements Carrier {
  readonly id: number
  readonly session: Session
  readonly input: RequestInput
  readonly output: ResponseOutput
  /** Undefined before, and once it is over. */
  x: Exchange | undefined = undefined
  sink: StreamSink | undefined = undefined
  /** Of an extended CONNECT: what the stream becomes if that is answered with 101. */
  tunnel: StreamTunnel | undefined = undefined

  constructor(id: number, session: Session) {
    this.id = id
    this.session = session
    this.input = new RequestInput(this, session.settings.http2_body_preread_size)
    this.output = new ResponseOutput(this, session.outgoing.peer.window)
  }

  // What the exchange asks.

  endsWithClose(): void {
    // The other streams of the connection have nothing to do with it.
  }

  hold(): (() => void) | undefined {
    return this.session.connection.clients.hold()
  }

  hint(fields: Fields): void {
    this.output.hint(fields)
  }

  upgrade(): ClientEnd {
    return this.tunnel as StreamTunnel
  }

  drop(_x: Exchange): void {
    this.#abandon(CLIENT_CLOSED)
    this.session.reset(this, CODE.internalError)
  }

  // How it ends.

  /** The whole response was sent. */
  finished(): void {
    const x = this.x as Exchange
    x.completed = true
    this.#log(x)
    this.session.answered(this, x)
  }

  /** The response cannot be completed: the client must see that it was cut. */
  cut(error: GatewayError): void {
    const x = this.x as Exchange
    x.report(error)
    x.abort(error)
    this.#log(x)
    this.session.reset(this, CODE.internalError)
  }

  /** A tunnel is over before both sides have said so. */
  stop(): void {
    const { x } = this
    if (!x) return
    this.#log(x)
    this.session.reset(this, CODE.cancel)
  }

  /** The client has ended the stream, or the connection: nobody can answer any more. */
  broken(why: string): void {
    this.tunnel?.broke('ECONNRESET')
    this.#fail(clientClosed(why), CLIENT_CLOSED)
  }

  /** The client has done what it must not on this stream. */
  faulted(fault: StreamFault): void {
    const error = badRequest(fault.message)
    this.x?.report(error)
    this.#fail(error, error.status)
  }

  /** A deadline may have passed: whether the stream is given up for it. */
  timedOut(now: number): boolean {
    this.input.timedOut(now)
    const { x } = this
    if (!x || this.output.writeBy > now) return false
    const error = clientTimedOut('the response was sent')
    x.report(error)
    this.#fail(error, CLIENT_CLOSED)
    return true
  }

  #fail(error: GatewayError, status: number): void {
    const { x } = this
    if (!x) return
    if (!x.body.complete) x.body.fail(error)
    x.abort(error)
    this.#abandon(status)
  }

  #abandon(status: number): void {
    const { x } = this
    if (!x) return
    x.aborted = true
    x.unanswered ||= status
    this.sink?.abandon()
    this.#log(x)
  }

  #log(x: Exchange): void {
    const { input, output } = this
    x.sent = output.sent
    // Of a response that is broken off, what never left does not count.
    x.bodySent -= output.unsent
    runLog(x)
    this.x = undefined
    input.readBy = Number.POSITIVE_INFINITY
    output.release()
  }
}
