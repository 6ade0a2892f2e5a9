import type { Buffer } from 'node:buffer'
import { clock } from '../clock.ts'
import {
  type GatewayError,
  lengthRequired,
  noConnectionSlots,
  noLiveUpstreams,
  pluginFailed,
  upstreamUnresolved,
} from '../errors.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Sink } from '../filter/sink.ts'
import { answerHead, interceptedHead } from './answer-head.ts'
import { type Asker, Attempt, groupEnd } from './attempt.ts'
import { Connecting, type Connector } from './connecting.ts'
import type { ForwardOptions } from './forward-options.ts'
import { conditionOf, countsAsFailure, type Failure } from './next-upstream.ts'
import type { Peer } from './peer.ts'
import { Pourer, type PourOwner } from './pourer.ts'
import type { Asking, PeerAnswer, Protocol } from './protocol.ts'
import { RequestSource } from './request-source.ts'
import { type TurnEnd, Turns } from './turns.ts'
import type { Upstream } from './upstream.ts'
import { UpstreamConnection } from './upstream-connection.ts'

/**
 * Asks the peers of an upstream, one after another as `proxy_next_upstream` allows, and pours the
 * answer of the one that gave it. Answers later: the verdict is always `done`.
 */
export function forward<C>(
  x: Exchange,
  upstream: Upstream,
  protocol: Protocol<C>,
  options: ForwardOptions<C>,
): 'done' {
  new Forward(x, upstream, protocol, options).start()
  return 'done'
}

/** One forwarded request: its attempts, the answer's way to the client, and the end of it all. */
class Forward<C> implements Asking<C>, Connector, PourOwner, Asker {
  readonly x: Exchange
  readonly options: ForwardOptions<C>
  readonly body: RequestSource | undefined
  request = ''
  /** The one under way, or the last; not there before the first. */
  attempt!: Attempt
  readonly #protocol: Protocol<C>
  readonly #turns: Turns
  #connection: UpstreamConnection | undefined
  /** Whether the connection had carried a request before this one. */
  #reused = false
  #sink: Sink | undefined
  #pourer: Pourer | undefined
  #over = false

  constructor(x: Exchange, upstream: Upstream, protocol: Protocol<C>, options: ForwardOptions<C>) {
    this.x = x
    this.options = options
    // An error page is fetched with GET, whatever came with the request that failed.
    this.body = x.body.empty || x.errorPaged ? undefined : RequestSource.of(x.body)
    this.#protocol = protocol
    this.#turns = new Turns(x, upstream, options, this.body)
    this.#connection = undefined
    this.#sink = undefined
    this.#pourer = undefined
  }

  start(): void {
    const { x, body } = this
    x.attempts?.push(groupEnd(clock.now))
    if (!this.options.ignoreClientAbort) x.onAbort = () => this.#stop()
    const waits = body?.collect(this.#collectLimit(body))
    if (waits) void waits.then(() => this.#begin(body))
    else this.#begin(body)
  }

  /** How much of the request body is read before a peer is asked. */
  #collectLimit(body: RequestSource): number {
    const { client_body_buffer_size, client_max_body_size } = this.x.location.settings
    if (this.#lacksLength(body)) return Math.max(client_body_buffer_size, client_max_body_size)
    return this.options.requestBuffering ? client_body_buffer_size : 0
  }

  #lacksLength(body: RequestSource): boolean {
    return body.length === undefined && this.#protocol.needsLength(this.options.request)
  }

  #begin(body: RequestSource | undefined): void {
    if (this.#over) return
    if (body?.failure) this.abandon(body.failure)
    else if (body && this.#lacksLength(body)) this.abandon(lengthRequired())
    else this.#choose()
  }

  // An attempt.

  #choose(): void {
    try {
      const chosen = this.#turns.choose()
      if (!(chosen instanceof Promise)) this.#try(chosen)
      else chosen.then((peer) => this.#try(peer)).catch((error) => this.#balancerFailed(error))
    } catch (error) {
      this.#balancerFailed(error)
    }
  }

  #balancerFailed(error: unknown): void {
    this.abandon(pluginFailed('balancer', error))
  }

  #try(peer: Peer | undefined): void {
    if (this.#over) return
    if (peer) {
      this.#turns.begin(peer)
      this.#ask(peer, this.#turns.upstream.pool.find(peer))
      return
    }
    this.#startAttempt(this.#turns.upstream.name)
    this.attempt.status = 502
    this.attempt.responseTime = 0
    this.abandon(noLiveUpstreams())
  }

  #ask(peer: Peer, idle: UpstreamConnection | undefined): void {
    this.#startAttempt(peer.name)
    this.#reused = idle !== undefined
    this.#connection = idle
    if (idle) this.connected()
    else this.#connect(peer)
  }

  #startAttempt(peer: string): void {
    const { x } = this
    this.attempt = new Attempt(peer, clock.now, this)
    if (x.attempts) x.attempts.push(this.attempt)
    else x.attempts = [this.attempt]
  }

  #connect(peer: Peer): void {
    const { address } = peer.settings
    if (!address) {
      // Told later, like every other failure: nobody may be called while a turn begins.
      setImmediate(() => this.failed('error', upstreamUnresolved(peer.name)))
      return
    }
    const { slots, pool } = this.#turns.upstream
    const user = new Connecting(this)
    const connection = UpstreamConnection.open(peer, address, slots, pool, user, clock.now)
    this.#connection = connection
    if (connection) connection.writeBy(clock.now + this.options.connectTimeout)
    else this.abandon(noConnectionSlots(slots.limit))
  }

  connected(): void {
    const connection = this.#connection as UpstreamConnection
    this.attempt.connectTime = clock.now - this.attempt.startedAt
    connection.requests++
    try {
      this.#protocol.ask(this, connection)
    } catch (error) {
      this.abandon(pluginFailed('request head', error))
    }
  }

  // What a protocol tells.

  sending(): void {
    this.#turns.sent = true
  }

  url(peer: string): string {
    return `${this.#protocol.scheme}${peer}${this.#protocol.target(this.x, this.options.request)}`
  }

  answered(answer: PeerAnswer): boolean {
    const { attempt, options, x } = this
    const { status } = answer
    attempt.headerTime = clock.now - attempt.startedAt
    attempt.status = status
    attempt.answer = answer
    if (status >= 300 && this.#isUnwanted(answer)) return false
    try {
      const head = answerHead(answer, options.buffering)
      options.edit?.(x, head)
      this.#sink = x.send(head)
      return true
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
      return false
    }
  }

  /** Whether another peer is asked instead, or an `error_page` shown. */
  #isUnwanted(answer: PeerAnswer): boolean {
    const { status } = answer
    const condition = conditionOf(status)
    if (condition && this.#turns.mayPass(condition)) {
      this.#leave()
      this.#pass(countsAsFailure(status) ? 'failed' : 'left')
      return true
    }
    const { error_page } = this.x.location.settings
    if (!this.options.interceptErrors || !error_page.has(status)) return false
    this.#finish('worked')
    this.x.finish(status, interceptedHead(answer))
    return true
  }

  data(memory: Buffer, from: number, to: number): void {
    this.attempt.bodyReceived += to - from
    const { stream } = this.#connection as UpstreamConnection
    this.#pourer ??= new Pourer(this.x, this.#sink as Sink, stream, this)
    try {
      this.#pourer.take(memory, from, to)
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
    }
  }

  goOn(size: number): void {
    const pourer = this.#pourer
    pourer?.goOn(size)
    const patience = pourer?.waiting ? Number.POSITIVE_INFINITY : this.options.readTimeout
    this.#connection?.readBy(clock.now + patience)
  }

  sinkReady(): void {
    const connection = this.#connection
    if (!connection) return
    connection.readBy(clock.now + this.options.readTimeout)
    connection.stream.resume()
  }

  done(keep: boolean): void {
    const connection = this.#connection as UpstreamConnection
    const pourer = this.#pourer
    const sink = this.#sink as Sink
    // The connection is free before the client hears of the end: its next request may want it.
    this.#connection = undefined
    pourer?.finish()
    this.#turns.upstream.release(connection, keep)
    this.#finish('worked')
    if (pourer) pourer.whenTaken(() => this.#endSink(sink))
    else this.#endSink(sink)
  }

  #endSink(sink: Sink): void {
    const fail = (error: unknown): void => this.x.cut(pluginFailed('filter', error))
    try {
      const ends = sink.end()
      if (ends) ends.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  // When it does not go well.

  failed(failure: Failure, error: GatewayError): void {
    if (this.#over) return
    const { attempt, x } = this
    if (this.#sink) {
      this.#finish('left')
      // The client's connection logs it.
      x.cut(error)
      return
    }
    // A kept connection may have been closed by the peer while the request was on its way.
    const stale = failure === 'error' && this.#reused && attempt.bytesReceived === 0
    const resend = stale && this.#turns.mayResend
    x.log(resend ? 'info' : error.level, error.message)
    this.#leave()
    attempt.status = error.status
    const end = stale ? 'left' : 'failed'
    if (resend) {
      this.#turns.sent = false
      this.#ask(this.#turns.peer as Peer, undefined)
    } else if (this.#turns.mayPass(failure)) {
      this.#pass(end)
    } else {
      this.#finish(end)
      x.finish(error.status)
    }
  }

  abandon(error: GatewayError): void {
    if (this.#over) return
    const { x } = this
    this.#stop()
    if (x.head) {
      x.cut(error)
      return
    }
    x.log(error.level, error.message)
    x.finish(error.status)
  }

  #pass(how: TurnEnd): void {
    this.#turns.pass(how)
    this.#choose()
  }

  #stop(): void {
    if (!this.#over) this.#finish('left')
  }

  /** Nothing more happens here; what is open is closed. */
  #finish(how: TurnEnd): void {
    this.#over = true
    this.x.onAbort = undefined
    this.#leave()
    this.#turns.end(how)
  }

  /** The attempt is over, and so is its connection, if it still has one. */
  #leave(): void {
    if (this.#turns.peer) this.attempt.responseTime ??= clock.now - this.attempt.startedAt
    const connection = this.#connection
    if (!connection) return
    this.#connection = undefined
    this.#pourer?.finish()
    connection.close()
  }
}
