import type { Buffer } from 'node:buffer'
import { clientClosed, clientTimedOut, type GatewayError } from '../base/errors.ts'
import type { ClientEnd } from '../kernel/exchange/client-end.ts'
import type { Carrier, Exchange } from '../kernel/exchange/exchange.ts'
import { runLog } from '../kernel/phase/run.ts'
import { counters } from '../kernel/process/counters.ts'
import type { Stream } from '../kernel/socket/stream.ts'
import type { Fields } from '../wire/http1/fields.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { type Framing, writeFields } from '../wire/http1/response-writer.ts'
import type { ClientSink } from './client-sink.ts'
import type { Connection } from './connection.ts'
import { expectsContinue, wantsKeepAlive } from './request-start.ts'

/** nginx's own status for a client that left before it was answered. */
const CLIENT_CLOSED = 499
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** The exchange a client connection is serving: what its response needs of it, and how it ends. */
export class CurrentExchange implements Carrier, ClientEnd {
  /** Undefined between two exchanges. */
  x: Exchange | undefined
  readonly #connection: Connection
  #sink: ClientSink | undefined
  #keepAlive = false
  /** The client waits for a word before it sends its body. */
  #expectsContinue = false
  #sentBefore = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.x = undefined
    this.#sink = undefined
  }

  /** `head`: undefined where what was sent is no request, and none can follow. */
  begin(x: Exchange, sink: ClientSink, head: RequestHead | undefined): void {
    const connection = this.#connection
    sink.attach(x)
    this.x = x
    this.#sink = sink
    this.#keepAlive = head !== undefined && wantsKeepAlive(head)
    this.#expectsContinue = head !== undefined && !x.body.complete && expectsContinue(head)
    this.#sentBefore = connection.stream.sent
    connection.settings = x.location.settings
    counters.requests++
    connection.deadlines.awaitResponse()
  }

  /** Its body is wanted now. */
  invite(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    const { x } = this
    // Not into a response that has begun.
    if (x?.body.received === 0 && !x.head) this.#connection.stream.writeText(CONTINUE)
  }

  // What the response asks.

  get stream(): Stream {
    return this.#connection.stream
  }

  /** Whether another request can follow this response; what is answered here counts at its end. */
  mayKeepAlive(x: Exchange, framing: Framing): boolean {
    const connection = this.#connection
    const { settings } = x.location
    connection.settings = settings
    this.#keepAlive &&=
      framing !== 'close' &&
      !connection.clients.draining &&
      // The client waits for a word that will not come now; whether the body comes is its choice.
      !(this.#expectsContinue && x.body.received === 0) &&
      !connection.isUsedUp(settings)
    return this.#keepAlive
  }

  endsWithClose(): void {
    this.#keepAlive = false
  }

  hold(): (() => void) | undefined {
    return this.#connection.clients.hold()
  }

  /** Output waits for the client: it has this long to take some of it. */
  arm(milliseconds: number): void {
    this.#connection.deadlines.awaitTaking(milliseconds)
  }

  /** Output is held back for more to come; it leaves soon in any case. */
  postponed(sink: ClientSink): void {
    this.#connection.clients.postponed.add(sink)
  }

  /** All that was written has left. */
  drained(): void {
    this.#sink?.drained()
  }

  hint(fields: Fields): void {
    const lines = writeFields(fields, (name) => {
      this.x?.log('error', `early hint "${name}" has bytes that no header may have`)
    })
    if (lines === '') return
    this.#connection.stream.writeText(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`)
  }

  // Where it becomes a tunnel.

  upgrade(): ClientEnd {
    this.#sink?.flush()
    return this
  }

  get ended(): boolean {
    return this.#connection.reader.ended
  }

  takeEarly(): Buffer | undefined {
    return this.#connection.reader.takeRest()
  }

  taken(): void {
    this.#connection.deadlines.taken()
  }

  leave(x: Exchange, error: GatewayError | undefined): void {
    const connection = this.#connection
    connection.stream.user = connection
    if (error) x.report(error)
    this.finished(x)
  }

  // How it ends.

  /** The whole response has left. */
  finished(x: Exchange): void {
    const connection = this.#connection
    if (this.x !== x || !connection.serves) return
    connection.deadlines.taken()
    x.completed = true
    this.#log(x)
    if (this.#keepAlive && connection.reader.mayGoOn()) connection.reader.goOn()
    else connection.leave()
  }

  /** The response cannot be completed: the client must see that it was cut. */
  cut(x: Exchange, error: GatewayError): void {
    if (this.x !== x) return
    x.report(error)
    x.abort(error)
    this.#sink?.abandon()
    this.#log(x)
    this.#connection.close()
  }

  drop(x: Exchange): void {
    this.#abandon(x, CLIENT_CLOSED)
  }

  /** The worker leaves and waits no longer. */
  giveUp(): void {
    const { x } = this
    if (!x) return
    x.abort(clientClosed('the worker left'))
    this.#abandon(x, 0)
  }

  /** The client has closed its writing half. */
  clientEnded(): void {
    const x = this.x as Exchange
    if (!x.body.complete) x.body.fail(clientClosed('sending its request body'))
    // A client that only closed its writing half still gets what is being made here; an upstream
    // that works for it is told to stop, as in nginx.
    if (this.x === x && x.abort(clientClosed('waiting for the response'))) {
      this.#abandon(x, CLIENT_CLOSED)
    }
  }

  /** The connection broke. */
  broken(code: string): void {
    const x = this.x as Exchange
    const error = clientClosed(`the response was sent (${code})`)
    if (!x.body.complete) x.body.fail(error)
    x.abort(error)
    this.#abandon(x, CLIENT_CLOSED)
  }

  /** The client has taken nothing for too long. */
  sendTimedOut(): void {
    const x = this.x as Exchange
    const error = clientTimedOut('the response was sent')
    x.report(error)
    x.abort(error)
    this.#resetIfAsked()
    this.#abandon(x, CLIENT_CLOSED)
  }

  /** Nothing of the request body has come for too long. */
  bodyTimedOut(): void {
    const x = this.x as Exchange
    const error = clientTimedOut('its request body was read')
    if (!this.#connection.settings.reset_timedout_connection) {
      x.body.fail(error)
      return
    }
    x.report(error)
    x.body.fail(error)
    x.abort(error)
    this.#resetIfAsked()
    this.#abandon(x, error.status)
  }

  /** Nobody can answer any more. */
  #abandon(x: Exchange, status: number): void {
    if (this.x !== x) return
    x.aborted = true
    x.unanswered ||= status
    this.#sink?.abandon()
    if (this.#connection.serves) this.#log(x)
    this.#connection.close()
  }

  #resetIfAsked(): void {
    const { settings, stream } = this.#connection
    if (settings.reset_timedout_connection) stream.reset()
  }

  #log(x: Exchange): void {
    const { sent, unsent } = this.#connection.stream
    x.sent = sent - unsent - this.#sentBefore
    // Of a response that is broken off, what never left does not count.
    x.bodySent = Math.max(0, x.bodySent - unsent)
    runLog(x)
    this.#sink = undefined
    this.x = undefined
  }
}
