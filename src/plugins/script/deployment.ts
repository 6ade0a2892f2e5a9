import { basename } from 'node:path'
import { ConfigError, type Mark } from 'gateway/plugin'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { BundleError } from '../../../sandbox/bundle/errors.ts'
import { BundleMap } from '../../../sandbox/bundle/source-map.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../../../sandbox/host/request-host.ts'
import type { LogLevel } from '../../../sandbox/host/run-events.ts'
import { Reach } from './bindings/reach.ts'
import { Breaker } from './breaker.ts'
import { bundleScript } from './bundle-script.ts'
import { type FailureCode, isLimit, RETRY_AFTER } from './failure.ts'
import type { Occasion } from './occasion.ts'
import { type Loaded, type Runtime, runtime } from './runtime.ts'
import { NOBODY, type ScriptSettings } from './settings.ts'
import { shareOf, type TenantShare } from './tenant-share.ts'
import { UpstreamChoice } from './upstream-choice.ts'

/** What a script is made of, as the master hands it to the workers: JSON. */
interface Handed {
  readonly code: string
  readonly global: string
  readonly map: string
}

/** A script in service at a location: loaded, counted, and suspended where it fails too often. */
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
  readonly #breaker = new Breaker()
  readonly #share: TenantShare
  #runtime: Runtime | undefined
  #loaded: Loaded | undefined
  #map: BundleMap | undefined
  #active = 0

  constructor(settings: ScriptSettings, mark: Mark, reach: Reach) {
    const { limits } = settings
    this.settings = settings
    this.reach = reach
    this.upstreams = new UpstreamChoice(settings.upstreams)
    this.#mark = mark
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
    return this.#loaded?.pool ?? (this.#runtime as Runtime).poolFor(this.settings.limits)
  }

  get script(): Script {
    return (this.#loaded as Loaded).script
  }

  has(hook: Hook): boolean {
    return this.#loaded?.hooks.includes(hook) === true
  }

  /** Bundles the script, or takes the bundle that was made in the master, and loads it. */
  async open(handed: string | undefined): Promise<string> {
    const bundle = handed === undefined ? await this.#bundle() : (JSON.parse(handed) as Handed)
    const { code, global, map } = bundle
    this.#map = new BundleMap(map)
    this.#runtime = await runtime()
    try {
      const source = `${code}\n;${global}`
      const { limits: size } = this.settings
      const { bindings } = this.reach
      this.#loaded = this.#runtime.load({ name: this.#name, source, bindings, size })
      this.#check(this.#loaded.variables)
    } catch (error) {
      throw this.#notLoaded(error)
    }
    return handed ?? JSON.stringify(bundle)
  }

  async #bundle(): Promise<Handed> {
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
    if (missing !== undefined) throw new Error(`it has no variable "${missing}"`)
    if (schedule && !this.has('scheduled')) {
      throw new Error('it has no "scheduled" to be run by cron')
    }
  }

  #notLoaded(error: unknown): ConfigError {
    const { guestStack = '', message } = error as { guestStack?: string; message: string }
    const stack = this.inSource(guestStack)
    return this.refused(stack === '' ? message : `${message}\n${stack}`)
  }

  /** What is wrong with the script, where it was written that there is one. */
  refused(fault: string): ConfigError {
    return new ConfigError(this.#mark, `script: ${fault}`)
  }

  /** Begins a run; why there cannot be one, where it cannot. One that waits for nothing always has room. */
  enter(kind: 'waiting' | 'brief' = 'waiting'): FailureCode | undefined {
    const isFull = this.#active >= this.settings.limits.concurrency
    if (isFull && kind === 'waiting') return 'script_concurrency'
    if (!this.#share.admits()) return 'script_cpu_share'
    if (!this.#breaker.admits()) return 'script_suspended'
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
  left(): void {
    this.#active--
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

  /** Writes a line of or about the script to the error log. */
  tell(x: Occasion, level: LogLevel, text: string, stack = ''): void {
    const { tenant } = this.settings
    const said = stack === '' ? text : `${text} ${framesIn(this.inSource(stack))}`
    x.log(
      level,
      `script "${this.#name}" of tenant "${tenant}": ${oneLine(this.reach.redact(said))}`,
    )
  }

  /** A stack with the places of the source. */
  inSource(stack: string): string {
    return this.#map?.mapStack(stack, this.#name) ?? stack
  }
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
