import type { Buffer } from 'node:buffer'
import { clock } from '../clock.ts'
import {
  type GatewayError,
  lengthRequired,
  noConnectionSlots,
  noLiveUpstreams,
  pluginFailed,
  upstreamConnectFailed,
  upstreamTimedOut,
  upstreamUnresolved,
} from '../errors.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { Head } from '../filter/head.ts'
import type { Sink } from '../filter/sink.ts'
import { Fields } from '../http1/fields.ts'
import { describeSystemError } from '../log/system-error.ts'
import { type Asker, Attempt, groupEnd } from './attempt.ts'
import type { ForwardOptions } from './forward-options.ts'
import { noteChosen, noteFailure, noteSuccess } from './health.ts'
import { conditionOf, countsAsFailure, type Failure, isNonIdempotent } from './next-upstream.ts'
import type { Peer } from './peer.ts'
import { Pourer, type PourOwner } from './pourer.ts'
import type { Asking, PeerAnswer, Protocol } from './protocol.ts'
import { RequestSource } from './request-source.ts'
import type { Upstream } from './upstream.ts'
import { type ConnectionUser, UpstreamConnection } from './upstream-connection.ts'

const NONE_TRIED: ReadonlySet<Peer> = new Set()

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

/** One forwarded request: the attempts, the answer's way to the client, and the end of it all. */
class Forward<C> implements Asking<C>, ConnectionUser, PourOwner, Asker {
  readonly x: Exchange
  readonly options: ForwardOptions<C>
  readonly body: RequestSource | undefined
  request = ''
  sent = false
  attempt!: Attempt
  readonly #upstream: Upstream
  readonly #protocol: Protocol<C>
  readonly #startedAt: number
  /** Attempts left, the one under way included. */
  #tries: number
  #tried: Set<Peer> | undefined
  #peer: Peer | undefined
  #connection: UpstreamConnection | undefined
  #reused = false
  #sink: Sink | undefined
  #pourer: Pourer | undefined
  #over = false

  constructor(x: Exchange, upstream: Upstream, protocol: Protocol<C>, options: ForwardOptions<C>) {
    this.x = x
    this.options = options
    this.body = x.body.empty ? undefined : RequestSource.of(x.body)
    this.#upstream = upstream
    this.#protocol = protocol
    this.#startedAt = clock.now
    this.#tries = upstream.tries
    if (options.nextTries > 0 && options.nextTries < this.#tries) this.#tries = options.nextTries
    this.#tried = undefined
    this.#peer = undefined
    this.#connection = undefined
    this.#sink = undefined
    this.#pourer = undefined
  }

  url(peer: string): string {
    return `${this.#protocol.scheme}${peer}${this.#protocol.target(this.x, this.options.request)}`
  }

  start(): void {
    const { x, body, options } = this
    if (x.attempts) x.attempts.push(groupEnd(this.#startedAt))
    if (!options.ignoreClientAbort) x.onAbort = () => this.#stop()
    const waits = body?.collect(this.#collectLimit(body))
    if (waits) waits.then(() => this.#begin())
    else this.#begin()
  }

  /** How much of the request body is read before a peer is asked. */
  #collectLimit(body: RequestSource): number {
    const { client_body_buffer_size, client_max_body_size } = this.x.location.settings
    if (body.length === undefined && this.#protocol.needsLength(this.options.request)) {
      return Math.max(client_body_buffer_size, client_max_body_size)
    }
    return this.options.requestBuffering ? client_body_buffer_size : 0
  }

  #begin(): void {
    if (this.#over) return
    const { body } = this
    if (body?.failure) this.abandon(body.failure)
    else if (
      body?.length === undefined &&
      body &&
      this.#protocol.needsLength(this.options.request)
    ) {
      this.abandon(lengthRequired())
    } else {
      this.#choose(this.#startedAt)
    }
  }

  #choose(now: number): void {
    let chosen: Peer | undefined | Promise<Peer | undefined>
    try {
      chosen = this.#upstream.choose(this.x, this.#tried ?? NONE_TRIED)
    } catch (error) {
      this.abandon(pluginFailed('balancer', error))
      return
    }
    if (chosen instanceof Promise) {
      chosen.then(
        (peer) => this.#try(peer, clock.now),
        (error) => this.abandon(pluginFailed('balancer', error)),
      )
    } else {
      this.#try(chosen, now)
    }
  }

  #try(peer: Peer | undefined, now: number): void {
    if (this.#over) return
    if (!peer) {
      this.#startAttempt(this.#upstream.name, now)
      this.attempt.status = 502
      this.abandon(noLiveUpstreams())
      return
    }
    noteChosen(peer, now, this.#upstream.health)
    peer.active++
    this.#peer = peer
    this.#ask(peer, now, this.#upstream.pool.find(peer))
  }

  #ask(peer: Peer, now: number, idle: UpstreamConnection | undefined): void {
    this.#startAttempt(peer.name, now)
    this.sent = false
    this.#reused = idle !== undefined
    if (idle) {
      this.#connection = idle
      this.#connected(idle, 0)
      return
    }
    const { address } = peer.settings
    if (!address) {
      // Nobody was called yet, so that the failure may not call the next peer from in here.
      setImmediate(() => this.failed('error', upstreamUnresolved(peer.name)))
      return
    }
    const { slots, pool } = this.#upstream
    const connection = UpstreamConnection.open(peer, address, slots, pool, this, now)
    if (!connection) {
      this.abandon(noConnectionSlots(slots.limit))
      return
    }
    this.#connection = connection
    connection.writeBy(now + this.options.connectTimeout)
  }

  #startAttempt(peer: string, now: number): void {
    this.attempt = new Attempt(peer, now, this)
    this.x.attempts ??= []
    this.x.attempts.push(this.attempt)
  }

  #connected(connection: UpstreamConnection, connectTime: number): void {
    this.attempt.connectTime = connectTime
    connection.requests++
    this.#protocol.ask(this, connection)
  }

  // While a connection is being made.

  onConnected(): void {
    const connection = this.#connection as UpstreamConnection
    this.#connected(connection, clock.now - this.attempt.startedAt)
  }

  onConnectFailed(errno: number): void {
    this.failed('error', upstreamConnectFailed(describeSystemError(errno)))
  }

  onDeadline(): void {
    this.failed('timeout', upstreamTimedOut('connecting to upstream'))
  }

  onBytes(): void {}
  onEnd(): void {}
  onDrain(): void {}
  onBroken(): void {}
  onClosed(): void {}

  // What a protocol tells.

  answered(answer: PeerAnswer): boolean {
    const { x, attempt, options } = this
    const { status } = answer
    attempt.headerTime = clock.now - attempt.startedAt
    attempt.status = status
    attempt.answer = answer
    if (status >= 300) {
      const condition = conditionOf(status)
      if (condition && this.#tries > 1 && this.#mayAskAnother(condition)) {
        this.#leave()
        this.#another(countsAsFailure(status))
        return false
      }
      if (options.interceptErrors && x.location.settings.error_page.has(status)) {
        this.#intercept(answer)
        return false
      }
    }
    const head = new Head(status, new Fields(answer.fields))
    head.reason = answer.reason
    head.type = answer.type
    head.length = status === 204 ? undefined : answer.length
    head.flush = !options.buffering
    try {
      options.edit?.(x, head)
      this.#sink = x.send(head)
    } catch (error) {
      this.abandon(pluginFailed('filter', error))
      return false
    }
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
    const connection = this.#connection
    if (!connection) return
    this.#pourer?.goOn(size)
    const waiting = this.#pourer?.waiting === true
    connection.readBy(waiting ? Number.POSITIVE_INFINITY : clock.now + this.options.readTimeout)
  }

  sinkReady(): void {
    const connection = this.#connection
    if (!connection) return
    connection.readBy(clock.now + this.options.readTimeout)
    connection.stream.resume()
  }

  done(keep: boolean): void {
    // A plugin may have failed with the last bytes.
    if (this.#over) return
    const { attempt } = this
    const connection = this.#connection as UpstreamConnection
    const pourer = this.#pourer
    const sink = this.#sink as Sink
    const now = clock.now
    attempt.responseTime = now - attempt.startedAt
    this.#settlePeer(true)
    this.#connection = undefined
    pourer?.finish()
    this.#release(connection, keep, now)
    this.#end()
    if (pourer?.waiting) pourer.whenTaken(() => this.#endSink(sink))
    else this.#endSink(sink)
  }

  #release(connection: UpstreamConnection, keep: boolean, now: number): void {
    const { settings } = this.#upstream
    const worn =
      connection.requests >= settings.keepalive_requests ||
      now - connection.openedAt >= settings.keepalive_time
    if (keep && !worn && settings.keepalive > 0) connection.keep(settings.keepalive_timeout, now)
    else connection.close()
  }

  #endSink(sink: Sink): void {
    try {
      sink.end()
    } catch (error) {
      this.x.cut(pluginFailed('filter', error))
    }
  }

  failed(failure: Failure, error: GatewayError): void {
    if (this.#over) return
    const { x, attempt } = this
    attempt.responseTime = clock.now - attempt.startedAt
    // A kept connection may have been closed by the peer while the request was on its way.
    const stale = failure === 'error' && this.#reused && attempt.bytesReceived === 0
    const resend = stale && this.#mayResend()
    if (resend) x.log('info', error.message)
    else x.report(error)
    this.#leave()
    if (this.#sink) {
      this.#settlePeer(false)
      this.#end()
      x.cut(error)
      return
    }
    attempt.status = error.status
    if (resend) {
      this.#ask(this.#peer as Peer, clock.now, undefined)
      return
    }
    if (this.#tries > 1 && this.#mayAskAnother(failure)) {
      this.#another(!stale)
      return
    }
    this.#settlePeer(false, !stale)
    this.#end()
    x.finish(error.status)
  }

  abandon(error: GatewayError): void {
    if (this.#over) return
    const { x } = this
    this.#stop()
    x.report(error)
    if (x.head) x.cut(error)
    else x.finish(error.status)
  }

  // Another attempt, or none.

  /** Whether this request may be sent again: nothing is done twice, and the body is still there. */
  #mayResend(): boolean {
    if (!this.sent) return true
    if (isNonIdempotent(this.x.method)) return false
    return this.body === undefined || this.body.available
  }

  #mayAskAnother(condition: Failure | NonNullable<ReturnType<typeof conditionOf>>): boolean {
    const { next, nextTimeout } = this.options
    if (!next.has(condition)) return false
    if (this.body && !this.body.available) return false
    if (this.sent && isNonIdempotent(this.x.method) && !next.has('non_idempotent')) return false
    return nextTimeout === 0 || clock.now - this.#startedAt < nextTimeout
  }

  #another(peerFailed: boolean): void {
    const peer = this.#peer as Peer
    this.#tried ??= new Set()
    this.#tried.add(peer)
    this.#tries--
    this.#settlePeer(false, peerFailed)
    this.#choose(clock.now)
  }

  #intercept(answer: PeerAnswer): void {
    const head = new Head(answer.status)
    for (const challenge of answer.original('www-authenticate')) {
      head.fields.add('WWW-Authenticate', challenge)
    }
    this.#leave()
    this.#settlePeer(true)
    this.#end()
    this.x.finish(answer.status, head)
  }

  /** Closes the attempt's connection. */
  #leave(): void {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection) return
    this.#pourer?.finish()
    connection.close()
  }

  /** The attempt's peer is not asked any more; what came of it counts for its health. */
  #settlePeer(worked: boolean, failed = false): void {
    const peer = this.#peer
    if (!peer) return
    this.#peer = undefined
    peer.active--
    const { health, list } = this.#upstream
    if (worked) noteSuccess(peer, health)
    if (!failed || list.length === 1) return
    if (noteFailure(peer, clock.now, health)) {
      this.x.log('warn', `upstream server temporarily disabled while connecting to upstream`)
    }
  }

  #stop(): void {
    if (this.#over) return
    if (this.#peer) this.attempt.responseTime = clock.now - this.attempt.startedAt
    this.#leave()
    this.#settlePeer(false)
    this.#end()
  }

  #end(): void {
    this.#over = true
    this.x.onAbort = undefined
  }
}
