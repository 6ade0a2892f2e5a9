import type { Buffer } from 'node:buffer'
import type { ConfigOf, Directives } from '../kernel/directive/directive.ts'
import type { Client } from '../kernel/exchange/client.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import { runLog, start } from '../kernel/phase/run.ts'
import type { Plugin } from '../kernel/plugin-record.ts'
import type { LocationSettings } from '../kernel/settings/location.ts'
import type { Balancer } from '../kernel/upstream/balancer.ts'
import type { Peer } from '../kernel/upstream/peer.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import type { Head } from '../wire/head.ts'
import { CollectingLog } from './collecting-log.ts'
import { CollectingSink, type Pace } from './collecting-sink.ts'
import { type FakeClock, startFakeClock } from './fake-clock.ts'
import { type FakeOrigin, type OriginAnswer, startFakeOrigin } from './fake-origin.ts'
import { FakePeers, type PeerOptions } from './fake-peers.ts'
import { FakePlace } from './fake-place.ts'
import { fakeServer } from './fake-plan.ts'
import { fakeExchange } from './fake-request.ts'
import { fakeHead, pourInPieces } from './fake-response.ts'
import { filterFaults } from './filter-faults.ts'
import { type RealGateway, type RealGatewayOptions, startRealGateway } from './real-gateway.ts'

/*
 * `gateway/testing`: for the tests of a plugin, whoever wrote it. `underTest` sets a plugin up
 * with its directives, sends it requests and pours responses through its filters, with the
 * kernel's own exchange, phases and filter chain, but without processes and sockets. `realGateway`
 * has both, and `fakeOrigin` is what stands behind it.
 */

/** Sets a plugin up for tests. Throws a `ConfigError` where a directive is refused. */
export function underTest<D extends Directives, P>(
  plugin: Plugin<D, P>,
  setup: Setup<D> = {},
): PluginUnderTest<D, P> {
  return new PluginUnderTest(plugin, setup)
}

/**
 * Starts the gateway itself, with a configuration, on free ports of this machine; settles when it
 * serves, and rejects with what it says where it does not. `await using` stops it.
 */
export function realGateway(options: RealGatewayOptions): Promise<RealGateway> {
  return startRealGateway(options)
}

/** Starts an HTTP server that keeps what it is asked. `await using` stops it. */
export function fakeOrigin(answer: OriginAnswer = () => ''): Promise<FakeOrigin> {
  return startFakeOrigin(answer)
}

/**
 * Stops the time of this process at `now`, in milliseconds since the epoch, until `advance` lets it
 * pass. `using` lets it go on. One at a time; a real gateway has a time of its own.
 */
export function fakeClock(now = Date.UTC(2026, 0, 1)): FakeClock {
  return startFakeClock(now)
}

/** How a plugin is set up. */
export interface Setup<D extends Directives = Directives> {
  /** Arguments as in a configuration, in one text; a list where the directive stands repeatedly. */
  readonly directives?: Readonly<Record<string, string | readonly string[]>>
  /** Directives' values in their final form, for those not given as text. */
  readonly values?: Partial<ConfigOf<D>>
  /** The kernel's own directives, in their final form; the others have their defaults. */
  readonly settings?: Partial<LocationSettings>
  /** What relative paths are relative to. */
  readonly prefix?: string
  readonly scope?: 'server' | 'location'
  /** By name: what `entry.upstream` gives. */
  readonly upstreams?: Readonly<Record<string, Upstream>>
}

/** A request as a test describes it; everything has a default. */
export interface RequestOptions {
  readonly method?: string
  /** Path and arguments as sent: `/a%20b?c=d`. */
  readonly target?: string
  /** 9, 10 or 11. */
  readonly version?: number
  readonly host?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  readonly client?: Partial<Client>
}

/** A response as a test describes it; by default 200 with an empty body. */
export interface ResponseOptions {
  readonly status?: number
  readonly fields?: Readonly<Record<string, string | readonly string[]>>
  readonly type?: string
  /** Milliseconds since the epoch. */
  readonly modified?: number
  readonly ranges?: boolean
  readonly flush?: boolean
  readonly body?: string | Uint8Array
  /** `unknown` gives no Content-Length. */
  readonly length?: 'known' | 'unknown'
}

/** What came of a request. */
export interface Answer {
  readonly x: Exchange
  /** 0 where the connection was closed without an answer. */
  readonly status: number
  readonly head: Head | undefined
  readonly body: Buffer
  readonly text: string
  /** Lines of the error log of this request, as `level: text`. */
  readonly log: readonly string[]
  readonly sink: CollectingSink
}

/** A response that is being poured through the filters by hand. */
export interface Opened {
  readonly x: Exchange
  /** The first sink of the chain; the head is through. */
  readonly into: Sink
  readonly sink: CollectingSink
}

/** A plugin with its directives set, ready to be asked. */
export class PluginUnderTest<D extends Directives, P> {
  /** What its handlers and filters get; undefined where it does not take part. */
  readonly config: P | undefined
  readonly warnings: readonly string[]
  readonly #plugin: Plugin<D, P>
  readonly #values: ConfigOf<D>
  readonly #setup: Setup<D>
  #ready: Promise<string | undefined> | undefined

  constructor(plugin: Plugin<D, P>, setup: Setup<D>) {
    const place = new FakePlace(plugin, setup)
    this.config = place.config
    this.warnings = place.warnings
    this.#values = place.values
    this.#plugin = plugin
    this.#setup = setup
  }

  /** Walks a request through all its phases, and the answer through its filters, to the log phase. */
  async request(request: RequestOptions = {}, pace: Pace = 'quick'): Promise<Answer> {
    // Where nothing has to be made ready, the request begins with the call.
    const waits = this.#makeReady()
    if (waits) await waits
    const { x, sink, log } = this.#exchange(request, pace)
    start(x)
    await sink.over
    runLog(x)
    return answerOf(x, sink, log)
  }

  /** Once, before the first request. */
  #makeReady(): Promise<string | undefined> | undefined {
    if (this.config !== undefined) this.#ready ??= this.#plugin.ready?.(this.config, undefined)
    return this.#ready
  }

  /** Pours a response through its filters, in pieces of `size` bytes. */
  async respond(
    response: ResponseOptions,
    request: RequestOptions = {},
    { size = Number.POSITIVE_INFINITY, pace = 'quick' as Pace } = {},
  ): Promise<Answer> {
    const { x, sink, log } = this.#exchange(request, pace)
    await pourInPieces(x.send(fakeHead(response)), response.body, size)
    return answerOf(x, sink, log)
  }

  /** Sends a head through its filters and leaves the rest to the caller. */
  open(response: ResponseOptions, request: RequestOptions = {}, pace: Pace = 'quick'): Opened {
    const { x, sink } = this.#exchange(request, pace)
    return { x, into: x.send(fakeHead(response)), sink }
  }

  /** An exchange with nobody at work on it, for what takes one: variables, balancers. */
  exchange(request: RequestOptions = {}): Exchange {
    return this.#exchange(request, 'quick').x
  }

  /** Its balancer for an upstream of these peers; those usable take turns by default. */
  balancer(list: readonly PeerOptions[]): { choose: Balancer; peers: readonly Peer[] } {
    const { balancer } = this.#plugin
    if (!balancer) throw new Error(`plugin "${this.#plugin.name}" has no balancer`)
    const peers = new FakePeers(list)
    return { choose: balancer(peers, this.#values), peers: peers.list }
  }

  /**
   * Checks that its filters keep the rules all filters must keep: the same bytes however the body
   * is cut into chunks, nothing added to a response without a body, no data while the next sink is
   * not ready, a failure passed on. What is broken comes as sentences; none is what you want.
   * `read` makes bytes comparable where they may differ (compressed ones are unpacked).
   */
  filterFaults(
    response: ResponseOptions,
    request: RequestOptions = {},
    read: (body: Buffer) => Buffer = (body) => body,
  ): Promise<readonly string[]> {
    return filterFaults(this, response, request, read)
  }

  #exchange(
    request: RequestOptions,
    pace: Pace,
  ): { x: Exchange; sink: CollectingSink; log: readonly string[] } {
    const lines = new CollectingLog()
    const settings = { ...this.#setup.settings, error_log: lines }
    const server = fakeServer(this.#plugin, this.config, settings)
    const sink = new CollectingSink(pace)
    return { x: fakeExchange(request, server, sink), sink, log: lines.lines }
  }
}

function answerOf(x: Exchange, sink: CollectingSink, log: readonly string[]): Answer {
  const { headGiven: head, body } = sink
  return { x, status: head?.status ?? 0, head, body, text: body.toString(), log, sink }
}
