import { Buffer } from 'node:buffer'
import { tmpdir } from 'node:os'
import { onTestFinished } from 'vitest'
import { clock, tick } from '../../src/base/clock.ts'
import type { GatewayError } from '../../src/base/errors.ts'
import { forward } from '../../src/forward/forward.ts'
import type { ForwardOptions } from '../../src/forward/forward-options.ts'
import { http1 } from '../../src/forward/http1.ts'
import type { Http1Request } from '../../src/forward/http1-request.ts'
import { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { NO_BODY, RequestBody } from '../../src/kernel/exchange/request-body.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import type { Filter } from '../../src/kernel/filter/stage.ts'
import type { LocationPlan, ServerPlan } from '../../src/kernel/phase/plan.ts'
import { runEndings } from '../../src/kernel/phase/run.ts'
import type { Awaitable } from '../../src/kernel/phase/verdict.ts'
import { type LocationSettings, locationDirectives } from '../../src/kernel/settings/location.ts'
import {
  PEER_DEFAULTS,
  type ServerLine,
  type UpstreamSettings,
  upstreamDirectives,
} from '../../src/kernel/settings/upstream.ts'
import { Slots } from '../../src/kernel/socket/slots.ts'
import { UNSHARED } from '../../src/kernel/upstream/health.ts'
import { parsePeerTarget } from '../../src/kernel/upstream/peer-target.ts'
import { implicitUpstream, Upstream } from '../../src/kernel/upstream/upstream.ts'
import { TempFolder } from '../../src/storage/temp/temp-folder.ts'
import type { Head } from '../../src/wire/head.ts'
import { fieldFates } from '../../src/wire/http1/field-fate.ts'
import { Fields } from '../../src/wire/http1/fields.ts'

/** Initial values of a table of directives. */
function initials<T>(table: Record<string, { initial: unknown }>): T {
  return Object.fromEntries(
    Object.entries(table).map(([name, { initial }]) => [name, initial]),
  ) as T
}

export const OPTIONS: ForwardOptions<Http1Request> = {
  request: {
    version: 11,
    head: (x) => `${x.method} ${x.target} HTTP/1.1\r\nHost: test\r\n`,
    target: (x) => x.target,
    fates: fieldFates([]),
  },
  requestBody: 'pass',
  bind: undefined,
  probed: false,
  connectTimeout: 10_000,
  sendTimeout: 10_000,
  readTimeout: 10_000,
  next: new Set(['error', 'timeout']),
  nextTries: 0,
  nextTimeout: 0,
  headLimit: 4096,
  buffering: true,
  spooling: {
    memory: 32_768,
    piece: 65_536,
    fileLimit: 2 ** 30,
    folder: new TempFolder(tmpdir(), []),
  },
  requestBuffering: true,
  bodyFolder: new TempFolder(tmpdir(), []),
  ignoreClientAbort: false,
  interceptErrors: false,
  ignored: new Set(),
  limitRate: undefined,
  forceRanges: false,
  passesTrailer: undefined,
  edit: undefined,
}

/** What came of a forwarded request. */
export class Outcome implements Sink {
  status = 0
  headers: string[] = []
  body = ''
  error: GatewayError | undefined
  log: string[] = []
  x!: Exchange
  readonly over: Promise<this>
  #resolve!: (self: this) => void
  /** Tests slow the reader down here. */
  onData: (chunk: Uint8Array) => Awaitable<void> = () => undefined
  onHead: () => void = () => undefined

  constructor() {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  head(head: Head): void {
    this.status = head.status
    this.headers = [...head.fields.list]
    this.onHead()
  }

  data(chunk: Uint8Array): Awaitable<void> {
    this.body += Buffer.from(chunk).toString('latin1')
    return this.onData(chunk)
  }

  end(): void {
    this.#resolve(this)
  }

  fail(error: GatewayError): void {
    this.error = error
    this.#resolve(this)
  }
}

/** What a connection does once a response has left or was given up. */
export function endOf({ x }: Outcome): void {
  runEndings(x)
}

/** A request to forward. */
export interface Asked {
  method?: string
  target?: string
  headers?: Record<string, string>
  body?: RequestBody
  options?: Partial<ForwardOptions<Http1Request>>
  settings?: Partial<LocationSettings>
  before?: (outcome: Outcome) => void
  /** A filter that stands before the outcome. */
  filter?: Filter<undefined>
}

/** A whole body that is there already. */
export function bodyOf(text: string): RequestBody {
  const body = new RequestBody(
    { resumeBody: () => undefined, pauseBody: () => undefined },
    text.length,
  )
  body.feed(Buffer.from(text, 'latin1'), 0, text.length)
  return body
}

/** One worker's side of things: slots that are swept, and upstreams that are closed afterwards. */
export class Worker {
  readonly slots: Slots
  readonly warnings: string[] = []
  readonly #upstreams: Upstream[] = []

  constructor(connections = 64) {
    this.slots = new Slots(connections)
    const sweep = setInterval(() => {
      tick()
      this.slots.sweep(clock.now)
    }, 10)
    onTestFinished(() => {
      clearInterval(sweep)
      for (const upstream of this.#upstreams) upstream.close()
    })
  }

  /** An upstream of these `server` lines. */
  async upstream(
    servers: readonly (string | (Partial<ServerLine> & { name: string }))[],
    settings: Partial<UpstreamSettings> = {},
  ): Promise<Upstream> {
    const server = servers.map((line) => {
      const given = typeof line === 'string' ? { name: line } : line
      const target = parsePeerTarget(given.name, 80)
      if (typeof target === 'string') throw new Error(target)
      return { ...PEER_DEFAULTS, target, ...given }
    })
    const all = { ...initials<UpstreamSettings>(upstreamDirectives), ...settings, server }
    const upstream = new Upstream('backend', all, undefined, undefined)
    await this.open(upstream)
    return upstream
  }

  async implicit(address: string): Promise<Upstream> {
    const upstream = implicitUpstream(address, undefined)
    if (typeof upstream === 'string') throw new Error(upstream)
    await this.open(upstream)
    return upstream
  }

  async open(upstream: Upstream): Promise<void> {
    this.#upstreams.push(upstream)
    await upstream.open({
      slots: this.slots,
      health: () => UNSHARED,
      warn: (text) => this.warnings.push(text),
    })
  }

  /** Forwards a request; the outcome is there at once and fills up. */
  start(upstream: Upstream, asked: Asked = {}): Outcome {
    const outcome = new Outcome()
    asked.before?.(outcome)
    const x = makeExchange(asked, outcome)
    outcome.x = x
    x.log = (level, text) => {
      outcome.log.push(`[${level}] ${text}`)
    }
    // As when a request has come: the time it was imported at may be long past.
    tick()
    forward(x, upstream, http1, { ...OPTIONS, ...asked.options })
    return outcome
  }

  ask(upstream: Upstream, asked: Asked = {}): Promise<Outcome> {
    return this.start(upstream, asked).over
  }
}

function makeExchange(asked: Asked, end: Sink): Exchange {
  const target = asked.target ?? '/'
  const location = {
    name: '/',
    settings: { ...initials<LocationSettings>(locationDirectives), ...asked.settings },
    filters: asked.filter
      ? [{ stage: 'edit', plugin: 'test', open: asked.filter, config: undefined }]
      : [],
    log: [],
  } as unknown as LocationPlan
  return new Exchange({
    client: { serial: 1, address: '127.0.0.1', port: 1, requests: 1 } as Exchange['client'],
    carrier: { drop: () => undefined, endsWithClose: () => undefined, hold: () => () => undefined },
    server: { name: '', own: location } as unknown as ServerPlan,
    headers: Fields.from(asked.headers ?? {}),
    headSize: 0,
    body: asked.body ?? NO_BODY,
    end,
    startedAt: Date.now(),
    parent: undefined,
    captures: undefined,
    method: asked.method ?? 'GET',
    target,
    version: 11,
    uri: target,
    args: undefined,
    host: 'test',
  })
}
