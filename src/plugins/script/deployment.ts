import { basename } from 'node:path'
import { ConfigError, type Exchange, type Mark } from 'gateway/plugin'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { BundleError } from '../../../sandbox/bundle/errors.ts'
import { BundleMap } from '../../../sandbox/bundle/source-map.ts'
import { DEFAULT_LIMITS, FUEL_PER_MS, type Limits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../../../sandbox/host/request-host.ts'
import type { LogLevel } from '../../../sandbox/host/run-events.ts'
import { Reach } from './bindings/reach.ts'
import { Breaker } from './breaker.ts'
import { bundleScript } from './bundle-script.ts'
import { type Facts, knownFacts } from './facts.ts'
import { type FailureCode, isLimit, RETRY_AFTER } from './failure.ts'
import { exchangeOf, type Occasion } from './occasion.ts'
import { type Loaded, type Loading, type Runtime, runtime } from './runtime.ts'
import { NOBODY, type ScriptSettings } from './settings.ts'
import type { Tally } from './tally.ts'
import { shareOf, type TenantShare } from './tenant-share.ts'
import { UpstreamChoice } from './upstream-choice.ts'
import { cpuText } from './variables.ts'

/** What a script is made of and known by, as the master hands it to the workers: JSON. */
interface Handed {
  readonly code: string
  readonly global: string
  readonly map: string
  readonly facts: Facts
}

/** A script that burns more than this while it is loaded is loaded before anybody asks for it. */
const LAZY_FUEL = 2 * FUEL_PER_MS

/**
 * A script in service at a location: loaded with its first request, counted, and suspended where it
 * fails too often.
 */
export class Deployment {
  readonly settings: ScriptSettings
  readonly runLimits: Limits
  readonly hostLimits: RequestLimits
  readonly reach: Reach
  readonly upstreams: UpstreamChoice
  readonly part = (name: string): string => this.#runtime?.part(name) ?? ''
  /** What it is called in the log. */
  readonly #name: string
  readonly #mark: Mark
  /** Where all workers count what it does. */
  readonly #tally: Tally | undefined
  readonly #breaker = new Breaker()
  readonly #share: TenantShare
  #runtime: Runtime | undefined
  #pool: Pool | undefined
  #script: Script | undefined
  #hooks: readonly Hook[] = []
  #map: BundleMap | undefined
  #handed = ''
  #active = 0

  constructor(settings: ScriptSettings, mark: Mark, reach: Reach, tally?: Tally) {
    const { limits } = settings
    this.settings = settings
    this.reach = reach
    this.upstreams = new UpstreamChoice(settings.upstreams)
    this.#mark = mark
    this.#tally = tally
    this.#name = basename(settings.file)
    // A script that names no tenant has nobody to share with.
    const owner = settings.tenant === NOBODY ? settings.file : settings.tenant
    this.#share = shareOf(owner, limits.cpuShare)
    this.runLimits = {
      ...DEFAULT_LIMITS,
      cpu: limits.cpu,
      request: limits.request,
      jobs: limits.jobs,
    }
    this.hostLimits = {
      ...DEFAULT_REQUEST_LIMITS,
      requestBody: limits.requestBody,
      responseBody: limits.responseBody,
      headerCount: limits.headerCount,
      headerBytes: limits.headerBytes,
      log: limits.log,
    }
  }

  /** Of scripts that are loaded elsewhere, from a bundle with this map, and reach nothing. */
  static adopting(settings: ScriptSettings, running: Runtime, map: string): Deployment {
    const mark = { file: settings.file, line: 1, column: 1 }
    const deployment = new Deployment(settings, mark, Reach.none(settings))
    deployment.#runtime = running
    deployment.#map = new BundleMap(map)
    return deployment
  }

  get pool(): Pool {
    this.#pool ??= (this.#runtime as Runtime).poolFor(this.settings.limits)
    return this.#pool
  }

  get script(): Script {
    if (!this.#script) {
      const handed = partsOf(this.#handed)
      this.#script = this.#load(this.#loading(handed), handed.map).script
    }
    return this.#script
  }

  has(hook: Hook): boolean {
    return this.#hooks.includes(hook)
  }

  /**
   * Bundles the script and tries to load it, or takes what the master has made of it. Among many most
   * are idle: what is cheap to load is loaded by the first request for it.
   */
  async open(handed: string | undefined): Promise<string> {
    this.#runtime = await runtime()
    const { facts, ...bundle } = handed === undefined ? await this.#tried() : partsOf(handed)
    this.#hooks = facts.hooks
    this.#check(facts.variables)
    this.#handed = handed ?? JSON.stringify({ ...bundle, facts })
    if (handed === undefined) return this.#handed
    const loading = this.#loading(bundle)
    this.#runtime.prepare(loading)
    if (facts.fuel > LAZY_FUEL) this.#script = this.#load(loading, bundle.map).script
    return handed
  }

  /** Bundled, and loaded once where that was not done before. */
  async #tried(): Promise<Handed> {
    const bundle = await this.#bundle()
    const loading = this.#loading(bundle)
    const { cache } = this.settings
    const sandbox = (this.#runtime as Runtime).identity
    const facts = knownFacts({ cache, sandbox, loading }, () => {
      const { hooks, script, variables } = this.#load(loading, bundle.map)
      return { hooks, variables, fuel: script.fuel }
    })
    return { ...bundle, facts }
  }

  #loading({ code, global }: Pick<Handed, 'code' | 'global'>): Loading {
    const { limits: size } = this.settings
    const { bindings } = this.reach
    return { name: this.#name, source: `${code}\n;${global}`, bindings, size }
  }

  #load(loading: Loading, map: string): Loaded {
    try {
      return (this.#runtime as Runtime).load(loading)
    } catch (error) {
      throw this.#notLoaded(error, map)
    }
  }

  async #bundle(): Promise<Omit<Handed, 'facts'>> {
    const { cache, file, limits } = this.settings
    const { compile, scriptSize } = limits
    try {
      const { code, global, map } = await bundleScript(file, cache, {
        limits: { scriptSize, compile },
      })
      return { code, global, map: map.json }
    } catch (error) {
      if (error instanceof BundleError) throw this.refused(error.message)
      throw error
    }
  }

  /** Whether the script has what the configuration says of it. */
  #check(variables: readonly string[]): void {
    const { schedule, variables: named } = this.settings
    const missing = named.find((name) => !variables.includes(name))
    if (missing !== undefined) throw this.refused(`it has no variable "${missing}"`)
    if (schedule && !this.has('scheduled')) {
      throw this.refused('it has no "scheduled" to be run by cron')
    }
  }

  #notLoaded(error: unknown, map: string): ConfigError {
    const { guestStack = '', message } = error as { guestStack?: string; message: string }
    const stack = new BundleMap(map).mapStack(guestStack, this.#name)
    return this.refused(stack === '' ? message : `${message}\n${stack}`)
  }

  /** What is wrong with the script, where it was written that there is one. */
  refused(fault: string): ConfigError {
    return new ConfigError(this.#mark, `script: ${fault}`)
  }

  /** Begins a run; why there cannot be one, where it cannot. One that waits for nothing always has room. */
  enter(kind: 'waiting' | 'brief' = 'waiting'): FailureCode | undefined {
    const isFull = this.#active >= this.settings.limits.concurrency
    if (isFull && kind === 'waiting') return this.#refused('script_concurrency')
    if (!this.#share.admits()) return this.#refused('script_cpu_share')
    if (!this.#breaker.admits()) return this.#refused('script_suspended')
    this.#active++
    return undefined
  }

  /** Seconds until one should ask again that was refused. */
  retryAfter(code: FailureCode): number {
    return code === 'script_cpu_share' ? this.#share.wait : RETRY_AFTER
  }

  /** A run has burnt so much fuel. */
  burnt(fuel: number): void {
    this.#share.burnt(fuel)
  }

  /** A run is over. */
  left(result: RunResult, code: FailureCode | undefined): void {
    this.#active--
    this.#tally?.ran(result, code)
  }

  succeeded(): void {
    this.#breaker.succeeded()
  }

  failed(x: Occasion, code: FailureCode, { error, fuel, cause }: RunResult): void {
    const why = error ? ` ${error.name}: ${error.message}` : cause ? ` ${String(cause)}` : ''
    this.tell(x, 'error', `${code} (${fuel} units of fuel)${why}`, error?.stack)
    if (!isLimit(code) || !this.#breaker.failed()) return
    this.tell(x, 'error', 'suspended: its runs went over a limit several times in a row')
  }

  /** Tells what a run has used, for who debugs: also of one that went on behind its answer. */
  ended(x: Exchange, hook: Hook, { fuel, memory, verdict }: RunResult): void {
    const cpu = cpuText(fuel)
    this.tell(x, 'debug', `${hook}: ${verdict}, ${fuel} units of fuel (${cpu} ms), ${memory} bytes`)
  }

  /** Writes a line of or about the script to the error log. */
  tell(x: Occasion, level: LogLevel, text: string, stack = ''): void {
    const { requestId, tenant } = this.settings
    const said = stack === '' ? text : `${text} ${framesIn(this.inSource(stack))}`
    const line = `script "${this.#name}" of tenant "${tenant}": ${oneLine(this.reach.redact(said))}`
    const exchange = exchangeOf(x)
    x.log(level, exchange ? `${line}, id: ${requestId(exchange)}` : line)
  }

  /** A stack with the places of the source. */
  inSource(stack: string): string {
    this.#map ??= new BundleMap(partsOf(this.#handed).map)
    return this.#map.mapStack(stack, this.#name)
  }

  #refused(code: FailureCode): FailureCode {
    this.#tally?.failed(code)
    return code
  }
}

function partsOf(handed: string): Handed {
  return JSON.parse(handed) as Handed
}

/** The frames of a stack that are of the script itself. */
function framesIn(stack: string): string {
  const frames = stack.split('\n').map((frame) => frame.trim())
  return frames.filter((frame) => frame !== '' && !OURS.test(frame)).join(' ')
}

const OURS = /\(((?:bootstrap|prelude)[^)]*|native)\)$/

/** A script must not be able to write lines of its own into the log. */
function oneLine(text: string): string {
  return text.replace(CONTROLS, (each) => {
    return `\\x${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a log
const CONTROLS = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g
