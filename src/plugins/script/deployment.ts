import { ConfigError, type Exchange, type Mark, type Place } from 'gateway/plugin'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import {
  DEFAULT_REQUEST_LIMITS,
  type RequestHost,
  type RequestLimits,
} from '../../../sandbox/host/request-host.ts'
import type { LogLevel } from '../../../sandbox/host/run-events.ts'
import { Reach } from './bindings/reach.ts'
import { Breaker } from './breaker.ts'
import type { Facts } from './facts.ts'
import { type FailureCode, isLimit, RETRY_AFTER } from './failure.ts'
import { framesIn, oneLine } from './log-line.ts'
import { exchangeOf, type Occasion } from './occasion.ts'
import { PlacedRecord } from './record/placed-record.ts'
import type { Runtime } from './runtime.ts'
import { ScriptSource } from './script-source.ts'
import type { ScriptSettings } from './settings.ts'
import type { Tally } from './tally.ts'
import { shareFor, type TenantShare } from './tenant-share.ts'
import { UpstreamChoice } from './upstream-choice.ts'
import { cpuText } from './variables.ts'

/** Where a script is in service. */
interface Service {
  /** Where it is written that there is one. */
  readonly mark: Mark
  readonly reach: Reach
  /** Where all workers count what it does. */
  readonly tally: Tally | undefined
  /** Its location; without it, it is only called by others. */
  readonly place: Place | undefined
}

/** A script in service at a location: run, counted, and suspended where it fails too often. */
export class Deployment {
  readonly settings: ScriptSettings
  readonly runLimits: Limits
  readonly hostLimits: RequestLimits
  readonly reach: Reach
  readonly upstreams: UpstreamChoice
  readonly part = (name: string): string => this.#source.part(name)
  readonly #source: ScriptSource
  readonly #service: Service
  readonly #breaker = new Breaker()
  readonly #share: TenantShare
  #hooks: readonly Hook[] = []
  #record: PlacedRecord | undefined
  #active = 0

  constructor(settings: ScriptSettings, service: Service) {
    const { limits } = settings
    const { reach } = service
    this.settings = settings
    this.reach = reach
    this.upstreams = new UpstreamChoice(settings.upstreams)
    this.#source = new ScriptSource(settings, {
      bindings: () => reach.bindings,
      refused: (fault) => this.refused(fault),
    })
    this.#service = service
    this.#share = shareFor(settings)
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
    const reach = Reach.none(settings)
    const deployment = new Deployment(settings, { mark, reach, tally: undefined, place: undefined })
    deployment.#source.adopt(running, map)
    return deployment
  }

  get pool(): Pool {
    return this.#source.pool
  }

  /** What acts in the place of hooks, where the script is a plugin record. */
  get record(): PlacedRecord | undefined {
    return this.#record
  }

  has(hook: Hook): boolean {
    return this.#hooks.includes(hook)
  }

  /** Whether a request may have several runs of it, which share what it may use. */
  get hasManyHooks(): boolean {
    return this.#hooks.length > 1
  }

  /** Makes the script ready to be run; returns what other processes are handed. */
  async open(handed: string | undefined): Promise<string> {
    const opened = await this.#source.open(handed)
    const { facts } = opened
    this.#hooks = facts.hooks
    if (facts.kind === 'record') this.#record = this.#placed()
    this.#check(facts)
    return opened.handed
  }

  /**
   * Calls a hook of the script. One that the master could load may fail to load here: it can throw
   * dice.
   */
  run(
    hook: Hook,
    values: readonly Crossing[],
    host: RequestHost,
    options: RunOptions,
  ): RunResult | Promise<RunResult> {
    const { pool } = this
    try {
      return pool.run(this.#source.script, hook, values, host, options)
    } catch (error) {
      return notLoaded(error as Error)
    }
  }

  /** Whether the script has what the configuration says of it. */
  #check({ variables }: Facts): void {
    const { directives, schedule, variables: named } = this.settings
    const record = this.#record
    const [first] = directives
    if (first && !record) first.fail('is a directive, and the script is no plugin')
    const has = (name: string) => (record ? record.variable(name) : variables.includes(name))
    const missing = named.find((name) => !has(name))
    if (missing !== undefined) throw this.refused(`it has no variable "${missing}"`)
    if (schedule && !this.has('scheduled')) {
      throw this.refused('it has no "scheduled" to be run by cron')
    }
  }

  #placed(): PlacedRecord | undefined {
    const { place } = this.#service
    try {
      const source = this.#source.recordFor(this)
      return place && PlacedRecord.open(source, place, this.settings.directives)
    } catch (error) {
      throw error instanceof ConfigError ? error : this.refused((error as Error).message)
    }
  }

  /** What is wrong with the script, where it was written that there is one. */
  refused(fault: string): ConfigError {
    return new ConfigError(this.#service.mark, `script: ${fault}`)
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
    this.#service.tally?.ran(result, code)
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
    const redacted = oneLine(this.reach.redact(said))
    const line = `script "${this.#source.name}" of tenant "${tenant}": ${redacted}`
    x.log(level, `${line}, id: ${requestId(exchangeOf(x))}`)
  }

  /** A stack with the places of the source. */
  inSource(stack: string): string {
    return this.#source.inSource(stack)
  }

  #refused(code: FailureCode): FailureCode {
    this.#service.tally?.failed(code)
    return code
  }
}

function notLoaded({ message }: Error): RunResult {
  const error = { name: 'Error', message, stack: '' }
  return { verdict: 'error', value: undefined, error, cause: undefined, fuel: 0, memory: 0 }
}
