import type { Buffer } from 'node:buffer'
import type { ConfigOf, Directives } from '../directive/directive.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Head } from '../filter/head.ts'
import type { Sink } from '../filter/sink.ts'
import { ErrorLog } from '../log/error-log.ts'
import type { Level } from '../log/level.ts'
import { runLog, start } from '../phase/run.ts'
import type { Plugin } from '../plugin-record.ts'
import type { Balancer, Peers } from '../upstream/balancer.ts'
import { CollectingSink, type Pace } from './collecting-sink.ts'
import { fakeServer } from './fake-plan.ts'
import { FakePlace, type Setup } from './fake-place.ts'
import { fakeExchange, type RequestOptions } from './fake-request.ts'
import { fakeHead, pourInPieces, type ResponseOptions } from './fake-response.ts'

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
    const { x, sink, log } = this.#exchange(request, pace)
    start(x)
    await sink.over
    runLog(x)
    return answerOf(x, sink, log)
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

  /** Its balancer for these peers. */
  balancer(peers: Peers): Balancer {
    const { balancer } = this.#plugin
    if (!balancer) throw new Error(`plugin "${this.#plugin.name}" has no balancer`)
    return balancer(peers, this.#values)
  }

  #exchange(
    request: RequestOptions,
    pace: Pace,
  ): { x: Exchange; sink: CollectingSink; log: readonly string[] } {
    const lines = new Lines()
    const settings = { ...this.#setup.settings, error_log: lines }
    const server = fakeServer(this.#plugin, this.config, settings)
    const sink = new CollectingSink(pace)
    return { x: fakeExchange(request, server, sink), sink, log: lines.lines }
  }
}

/** Sets a plugin up for tests. Throws a `ConfigError` where a directive is refused. */
export function underTest<D extends Directives, P>(
  plugin: Plugin<D, P>,
  setup: Setup<D> = {},
): PluginUnderTest<D, P> {
  return new PluginUnderTest(plugin, setup)
}

/** An error log that keeps its lines. */
class Lines extends ErrorLog {
  readonly lines: string[] = []

  constructor() {
    super([])
  }

  override enabled(): boolean {
    return true
  }

  override write(level: Level, text: string): void {
    this.lines.push(`${level}: ${text}`)
  }
}

function answerOf(x: Exchange, sink: CollectingSink, log: readonly string[]): Answer {
  const { headGiven: head, body } = sink
  return { x, status: head?.status ?? 0, head, body, text: body.toString(), log, sink }
}
