import type { Buffer } from 'node:buffer'
import { GatewayError, pluginFailed } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { BodySource, RequestBody } from '../kernel/exchange/request-body.ts'
import { start } from '../kernel/phase/run.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { ClientSink } from './client-sink.ts'
import type { Connection } from './connection.ts'
import { Input } from './input.ts'
import { nextHead } from './next-head.ts'
import { makeExchange, refuse, refusedExchange } from './request-start.ts'

/** Pipelined bytes that wait while a request is served; beyond it reading pauses. */
const PIPELINE_LIMIT = 65_536

/** What a client sends on one connection: one request after another, each a head and a body. */
export class RequestReader implements BodySource {
  /** Whether the client has closed its writing half. */
  ended = false
  readonly #connection: Connection
  readonly #input = new Input()
  /** Of the request under way, or answered before all of it was there; undefined before a head. */
  #body: RequestBody | undefined
  #advancing = false
  /** Whether the next head is the first of what was just read. */
  #fresh = false
  /** What the client sends is not understood any more. */
  #unreadable = false

  constructor(connection: Connection) {
    this.#connection = connection
    this.#body = undefined
  }

  /** Between two requests, within a head, or within a request. */
  get at(): 'start' | 'head' | 'body' {
    if (this.#body) return 'body'
    return this.#input.size > 0 ? 'head' : 'start'
  }

  /** Whether the client has sent something, or will, that nobody takes after the response. */
  get leavesUnread(): boolean {
    const body = this.#body as RequestBody
    return !body.complete || body.failed || this.#input.size > 0 || this.#unreadable
  }

  /** Uses what was just read as far as it can be used now, and keeps the rest. */
  take(memory: Buffer, size: number): void {
    const { current, stream } = this.#connection
    this.#input.add(memory, size)
    this.#fresh = true
    this.#advance()
    if (!this.#connection.serves) return
    this.#input.keep()
    if (current.x && this.#input.size >= PIPELINE_LIMIT) stream.pause()
  }

  /** What was read behind the request under way, if anything; nobody else gets it. */
  takeRest(): Buffer | undefined {
    const { at, bytes, size, to } = this.#input
    const rest = size > 0 ? bytes.subarray(at, to) : undefined
    this.#input.drop()
    return rest
  }

  /** Nothing of it is wanted any more. */
  drop(): void {
    this.#input.drop()
  }

  /** Answers what is no request, and closes. */
  refuse(error: unknown, head?: RequestHead): void {
    const connection = this.#connection
    const known = error instanceof GatewayError ? error : pluginFailed('kernel', error)
    if (known.code === 'CLIENT_TIMED_OUT' && connection.settings.reset_timedout_connection) {
      connection.stream.reset()
      connection.close()
      return
    }
    const sink = new ClientSink(connection.current)
    const x = refusedExchange(head, connection, sink)
    this.#enter(x, sink, undefined)
    this.#unreadable = true
    refuse(x, known)
  }

  // What the request body asks.

  resumeBody(): void {
    const { current, deadlines, serves, stream } = this.#connection
    current.invite()
    const { x } = current
    if (x && serves) deadlines.awaitBody(x.location.settings.client_body_timeout)
    stream.resume()
  }

  pauseBody(): void {
    const { deadlines, stream } = this.#connection
    deadlines.awaitNothing()
    stream.pause()
  }

  // From one request to the next.

  /** Whether a next request may follow the one that was answered. */
  mayGoOn(): boolean {
    if ((this.#body as RequestBody).failed) return false
    // A client that closed its writing half is answered all the same what it asked before.
    return !this.ended || this.#input.size > 0
  }

  /** Reads the next request; what still comes of the body before it is dropped. */
  goOn(): void {
    const body = this.#body as RequestBody
    if (body.complete) {
      this.#next()
    } else {
      const { deadlines, settings } = this.#connection
      deadlines.awaitBody(settings.lingering_time)
      body.discard()
    }
  }

  #next(): void {
    this.#body = undefined
    if (!this.ended) this.#connection.stream.resume()
    this.#advance()
  }

  /** Uses up the input: bodies for who reads them, heads for new exchanges, until one must wait. */
  #advance(): void {
    if (this.#advancing) return
    const connection = this.#connection
    this.#advancing = true
    while (connection.serves && this.#step()) {
      // Each step served one head or one piece of a body.
    }
    this.#advancing = false
    if (!connection.serves || this.#body) return
    if (this.ended) connection.close()
    else if (this.#input.size > 0) connection.deadlines.awaitHead()
    else connection.deadlines.awaitRequest()
  }

  #step(): boolean {
    if (this.#body) return this.#feed(this.#body)
    let head: RequestHead | undefined
    try {
      head = nextHead(this.#input, this.#connection.plan.servers.default.settings)
    } catch (error) {
      this.refuse(error)
      return false
    }
    if (head) this.#serve(head)
    return head !== undefined
  }

  /** Gives the body what belongs to it; whether there may be more to do after that. */
  #feed(body: RequestBody): boolean {
    const input = this.#input
    if (body.complete || input.at === input.to) return false
    input.at = body.feed(input.bytes, input.at, input.to)
    const { current, deadlines, serves, stream } = this.#connection
    if (!serves) return false
    const { x } = current
    if (!body.complete) {
      if (x && stream.reading) deadlines.awaitBody(x.location.settings.client_body_timeout)
      return false
    }
    deadlines.awaitNothing()
    // Answered before its body was there: this was what was left of it.
    if (this.#body && !x) this.#next()
    return this.#body === undefined
  }

  #serve(head: RequestHead): void {
    const { current } = this.#connection
    const sink = new ClientSink(current)
    let x: Exchange
    try {
      x = makeExchange(head, this.#connection, sink)
    } catch (error) {
      head.settle()
      this.refuse(error, head)
      return
    }
    this.#enter(x, sink, head)
    const fault = this.#connection.speaking.tls?.fault(x.server, this.#connection.tls)
    if (fault) {
      head.settle()
      this.#unreadable = true
      refuse(x, fault)
      return
    }
    if (!x.body.complete) {
      this.#feed(x.body)
      // The rest of the body is read when somebody wants it.
      if (!x.body.complete) this.pauseBody()
    }
    start(x)
    // Answered at once, and nobody who took part looks at it again: its fields were never copied.
    const over = current.x !== x && x.redirects === 0 && x.children === undefined
    if (over && x.server.transient && x.location.transient) head.release()
    else head.settle()
  }

  #enter(x: Exchange, sink: ClientSink, head: RequestHead | undefined): void {
    const connection = this.#connection
    this.#body = x.body
    connection.requests++
    connection.pipelined = !this.#fresh
    this.#fresh = false
    connection.current.begin(x, sink, head)
  }
}
