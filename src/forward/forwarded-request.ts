import type { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import { type GatewayError, noLiveUpstreams, pluginFailed } from '../base/errors.ts'
import type { ClientEnd } from '../kernel/exchange/client-end.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import { type Asker, Attempt } from '../kernel/upstream/attempt.ts'
import { type Connector, connectTo } from '../kernel/upstream/connecting.ts'
import type { LocalAddress } from '../kernel/upstream/local-address.ts'
import type { Peer } from '../kernel/upstream/peer.ts'
import type { TlsTerms } from '../kernel/upstream/tls-terms.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import type { UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import { passTrailers } from '../wire/http1/trailers.ts'
import { answerHead, interceptedHead } from './answer-head.ts'
import { passEarlyHints } from './early-hints.ts'
import type { ForwardOptions } from './forward-options.ts'
import { leadElsewhere } from './lead-elsewhere.ts'
import { conditionOf, countsAsFailure, type Failure } from './next-upstream.ts'
import { openTunnel, type TunnelOwner } from './open-tunnel.ts'
import { pourAnswer } from './pour-answer.ts'
import type { Pourer } from './pourer.ts'
import type { Asking, PeerAnswer, Protocol } from './protocol.ts'
import type { PeerBody } from './request-source.ts'
import { type Steering, steeringOf, UNSTEERED } from './steering.ts'
import { type TurnEnd, Turns } from './turns.ts'

/** One forwarded request: its attempts, and the end of it all. */
export class ForwardedRequest<C> implements Asking<C>, Connector, Asker, TunnelOwner<C> {
  readonly x: Exchange
  readonly options: ForwardOptions<C>
  readonly body: PeerBody | undefined
  request = ''
  /** The one under way, or the last; not there before the first. */
  attempt!: Attempt
  readonly #protocol: Protocol<C>
  readonly #turns: Turns
  #connection: UpstreamConnection | undefined
  /** Whether the connection had carried a request before this one. */
  #reused = false
  /** There once a peer's answer goes to the client. */
  #pourer: Pourer | undefined
  /** What is done instead, once all of the answer is there. */
  #instead: (() => void) | undefined
  #over = false

  constructor(
    x: Exchange,
    upstream: Upstream,
    protocol: Protocol<C>,
    options: ForwardOptions<C>,
    body: PeerBody | undefined,
  ) {
    this.x = x
    this.options = options
    this.body = body
    this.#protocol = protocol
    this.#turns = new Turns(x, upstream, options, body)
    this.#connection = undefined
    this.#pourer = undefined
    this.#instead = undefined
  }

  start(): void {
    if (!this.#over) this.#choose()
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

  #try(peer: Peer | 'done' | undefined): void {
    if (this.#over) return
    if (peer === 'done') {
      this.stop()
      return
    }
    if (peer) {
      const local = this.options.bind?.(this.x)
      const tls = this.options.tls?.(this.x)
      this.#turns.begin(peer)
      this.#ask(peer, local, tls, this.#turns.upstream.pool.find(peer, local, tls))
      return
    }
    this.#startAttempt(this.#turns.upstream.name)
    this.attempt.status = 502
    this.attempt.responseTime = 0
    this.abandon(noLiveUpstreams())
  }

  #ask(
    peer: Peer,
    local: LocalAddress | undefined,
    tls: TlsTerms | undefined,
    idle: UpstreamConnection | undefined,
  ): void {
    this.#startAttempt(peer.name)
    this.#reused = idle !== undefined
    if (idle) {
      this.#connection = idle
      this.connected()
    } else {
      this.#connection = connectTo(peer, this.#turns.upstream, this, local, tls, this.options)
    }
  }

  #startAttempt(peer: string): void {
    const { x } = this
    this.attempt = new Attempt(peer, clock.now, this)
    if (x.attempts) x.attempts.push(this.attempt)
    else x.attempts = [this.attempt]
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
    const steering = answer.steers ? steeringOf(x, answer, options.ignored) : UNSTEERED
    // Sending the head may end it all, and then the connection is not there any more.
    const connection = this.#connection as UpstreamConnection
    try {
      if (steering.redirect !== undefined) {
        return this.#leadElsewhere(answer, steering, steering.redirect)
      }
      this.#pourer = pourAnswer(x, answer, steering, options, connection)
      return true
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
      return false
    }
  }

  /** The request goes on elsewhere; without a body, the connection can still be kept. */
  #leadElsewhere(answer: PeerAnswer, { charset }: Steering, to: string): boolean {
    const { options, x } = this
    const lead = leadElsewhere(x, answer, to, charset, options.edit)
    if (answer.length === 0) {
      this.#instead = lead
      return true
    }
    this.#finish('worked')
    lead()
    return false
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
    if (!this.#intercepts(status)) return false
    this.#finish('worked')
    this.x.finish(status, interceptedHead(answer))
    return true
  }

  /** Whether a page of ours is shown instead of the peer's. */
  #intercepts(status: number): boolean {
    const { interceptErrors } = this.options
    if (interceptErrors === 'always') return status >= 300
    return interceptErrors && this.x.location.settings.error_page.has(status)
  }

  hinted(fields: string[]): void {
    try {
      passEarlyHints(this.x, fields)
    } catch (error) {
      this.abandon(pluginFailed('early_hints', error))
    }
  }

  switched(answer: PeerAnswer, early: Buffer): boolean {
    const { attempt, options, x } = this
    const { carrier } = x
    // The client must have asked for it itself, and be shown the 101.
    if (!carrier.upgrade || x.errorStatus > 0 || !x.headers.get('upgrade')) return false
    attempt.headerTime = clock.now - attempt.startedAt
    attempt.status = answer.status
    attempt.answer = answer
    try {
      const head = answerHead(answer, UNSTEERED, options)
      options.edit?.(x, head)
      x.send(head)
      // Sending the head may end it all.
      if (this.#over) return true
      openTunnel(this, carrier.upgrade(), this.#connection as UpstreamConnection, early)
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
    }
    return true
  }

  tunnelOver(client: ClientEnd, error: GatewayError | undefined): void {
    if (this.#over) return
    this.#finish('worked')
    client.leave(this.x, error)
  }

  data(memory: Buffer, from: number, to: number): void {
    this.attempt.bodyReceived += to - from
    try {
      this.#pourer?.take(memory, from, to)
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
    }
  }

  goOn(size: number): void {
    this.#pourer?.goOn(size)
  }

  silent(): boolean {
    return this.#pourer?.silent() ?? false
  }

  done(keep: boolean): void {
    const connection = this.#connection as UpstreamConnection
    // The connection is free before the client hears of the end: its next request may want it.
    this.#connection = undefined
    this.#pourer?.leave()
    this.#turns.upstream.release(connection, keep)
    this.#finish('worked')
    const pourer = this.#pourer
    if (pourer) {
      this.#passTrailers()
      pourer.end()
    } else {
      this.#instead?.()
    }
  }

  #passTrailers(): void {
    const { attempt, options, x } = this
    const into = x.head?.trailers
    const passes = options.passesTrailer
    if (into && passes) passTrailers(attempt.answer?.trailers, into, passes)
  }

  // When it does not go well.

  failed(failure: Failure, error: GatewayError): void {
    if (this.#over) return
    const { attempt, x } = this
    if (this.#pourer) {
      this.#finish('left')
      // The client's connection logs it.
      this.#pourer.fail(error)
      return
    }
    // A kept connection may have been closed by the peer while the request was on its way.
    const stale = failure === 'error' && this.#reused && attempt.bytesReceived === 0
    const resend = stale && this.#turns.mayResend
    x.log(resend ? 'info' : error.level, error.message)
    const { local, tls } = this.#connection ?? {}
    this.#leave()
    attempt.status = error.status
    const end = stale ? 'left' : 'failed'
    if (resend) {
      this.#turns.sent = false
      this.#ask(this.#turns.peer as Peer, local, tls, undefined)
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
    this.stop()
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

  /** Nobody wants an answer any more. */
  stop(): void {
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
    this.#pourer?.leave()
    connection.close()
  }
}
