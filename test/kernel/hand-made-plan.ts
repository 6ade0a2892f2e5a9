import { GatewayError } from '../../src/base/errors.ts'
import type { Level } from '../../src/base/level.ts'
import type { ConfigOf, Directives } from '../../src/kernel/directive/directive.ts'
import type { Mark } from '../../src/kernel/directive/mark.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Filter, Stage } from '../../src/kernel/filter/stage.ts'
import type { Listen } from '../../src/kernel/listen/listen-directive.ts'
import type {
  FilterStep,
  ListenPlan,
  LocationPlan,
  ServerPlan,
  Step,
} from '../../src/kernel/phase/plan.ts'
import {
  type Handler,
  type OpenPhase,
  PHASES,
  type Verdict,
} from '../../src/kernel/phase/verdict.ts'
import { readLocationPattern } from '../../src/kernel/route/location-pattern.ts'
import { Locations } from '../../src/kernel/route/locations.ts'
import type { ServerName } from '../../src/kernel/route/server-name.ts'
import { type NamedServer, ServerNames } from '../../src/kernel/route/server-names.ts'
import { type LocationSettings, locationDirectives } from '../../src/kernel/settings/location.ts'
import { type ServerSettings, serverDirectives } from '../../src/kernel/settings/server.ts'
import { serveClients } from '../../src/serve/serve-clients.ts'
import { ErrorLog } from '../../src/storage/log/error-log.ts'
import type { LogFile } from '../../src/storage/log/log-file.ts'

const MARK: Mark = { file: 'hand-made', line: 1, column: 1 }

/** A handler and the phase it stands in. */
export type Handlers = readonly (readonly [OpenPhase, Handler<undefined>])[]

/** A filter and the stage it stands in. */
export type Filters = readonly (readonly [Stage, Filter<undefined>])[]

/** What a hand-made location is made of; whatever is not given is as nothing were configured. */
export interface LocationParts {
  readonly handlers?: Handlers
  readonly filters?: Filters
  readonly settings?: Partial<LocationSettings>
  /** Of all plugins there; false where it is not given. */
  readonly transient?: boolean
}

/** What a hand-made server is made of. Locations stand under their patterns: `/a`, `= /b`, `@c`. */
export interface ServerParts extends LocationParts {
  readonly name?: string
  readonly locations?: Readonly<Record<string, LocationParts>>
  readonly serverSettings?: Partial<ServerSettings>
  /** Locations `/dir/` that send `/dir` to them. */
  readonly redirects?: readonly string[]
}

/** The values directives have where they are not set. */
export function initialSettings<D extends Directives>(directives: D): ConfigOf<D> {
  const entries = Object.entries(directives).map(([name, each]) => [name, each.initial])
  return Object.fromEntries(entries) as ConfigOf<D>
}

/** An error log that keeps its lines. */
export function keptLog(level: Level = 'debug'): { log: ErrorLog; lines: string[] } {
  const lines: string[] = []
  const to = {
    writeNow: (line: string) => {
      lines.push(line)
      return true
    },
  } as unknown as LogFile
  return { log: new ErrorLog([{ to, level }]), lines }
}

export function makeLocation(name: string, parts: LocationParts): LocationPlan {
  const steps = stepsOf(parts.handlers ?? [], LOCATION_PHASES)
  const postAccess = steps.findIndex(({ phase }) => phase === 'precontent' || phase === 'content')
  return {
    name,
    mark: MARK,
    settings: { ...initialSettings(locationDirectives), ...parts.settings },
    steps,
    debug: false,
    transient: parts.transient ?? false,
    postAccess: postAccess < 0 ? steps.length : postAccess,
    filters: (parts.filters ?? []).map(
      ([stage, open]): FilterStep => ({
        stage,
        plugin: 'test',
        open: open as Filter<unknown>,
        config: undefined,
      }),
    ),
    log: stepsOf(parts.handlers ?? [], ['log']),
    chooseUpstream: undefined,
    choosePeer: undefined,
    configs: new Map(),
  }
}

export function makeServer(parts: ServerParts): ServerPlan {
  const { settings, redirects = [] } = parts
  const context = {
    regex: (source: string, flags: string) => new RegExp(source, flags),
    fail: (text: string): never => {
      throw new Error(text)
    },
  }
  const items = Object.entries(parts.locations ?? {}).map(([written, location]) => ({
    pattern: readLocationPattern(written.split(' '), context),
    plan: makeLocation(written, { ...location, settings: { ...settings, ...location.settings } }),
    nested: undefined,
    redirects: redirects.includes(written),
  }))
  const steps = stepsOf(parts.handlers ?? [], ['postRead', 'serverRewrite'])
  const serverRewrite = steps.findIndex(({ phase }) => phase === 'serverRewrite')
  return {
    name: parts.name ?? '',
    names: [],
    mark: MARK,
    settings: { ...initialSettings(serverDirectives), ...parts.serverSettings },
    steps,
    transient: parts.transient ?? false,
    chooseCertificate: undefined,
    serverRewrite: serverRewrite < 0 ? steps.length : serverRewrite,
    locations: new Locations(items),
    own: makeLocation('', parts),
  }
}

/** A listening address with these servers; the first one is the default. */
export function makeListenPlan(...servers: readonly ServerPlan[]): ListenPlan {
  const [fallback] = servers
  if (!fallback) throw new Error('an address needs a server')
  const named = servers.map((plan): NamedServer => {
    const name: ServerName = { kind: 'exact', source: plan.name, text: plan.name }
    return { plan, names: [name] }
  })
  const listen: Listen = {
    key: '127.0.0.1:0',
    address: { kind: 'tcp', family: 4, host: '127.0.0.1', port: 0 },
    defaultServer: true,
    mark: MARK,
    backlog: undefined,
    ipv6only: undefined,
    keepalive: undefined,
    reuseport: undefined,
    ssl: false,
    http2: false,
    proxyProtocol: false,
  }
  return {
    listen,
    servers: new ServerNames(named, fallback, () => undefined),
    serve: serveClients({ tls: undefined, http2: new Map() }),
  }
}

const LOCATION_PHASES: readonly OpenPhase[] = [
  'rewrite',
  'preaccess',
  'access',
  'precontent',
  'content',
]

function stepsOf(handlers: Handlers, phases: readonly OpenPhase[]): Step[] {
  const ordered = handlers
    .filter(([phase]) => phases.includes(phase))
    .sort(([a], [b]) => PHASES.indexOf(a) - PHASES.indexOf(b))
  return ordered.map(([phase, run], i) => {
    const after = ordered.findIndex(([other], j) => j > i && other !== phase)
    return {
      phase,
      plugin: 'test',
      run: run as Handler<unknown>,
      config: undefined,
      after: after < 0 ? ordered.length : after,
    }
  })
}

/** A handler that writes down that it was asked, and says `verdict`. */
export function noting(
  seen: string[],
  word: string | ((x: Exchange) => string),
  verdict: Verdict = 'next',
): Handler<undefined> {
  return (x) => {
    seen.push(typeof word === 'string' ? word : word(x))
    return verdict
  }
}

/** The status a call refuses with, or what it threw instead of a `GatewayError`. */
export function refusal(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error instanceof GatewayError ? error.status : error
  }
  return 'accepted'
}
