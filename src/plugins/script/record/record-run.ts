import type { Exchange } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RECORD_OPS, RecordOp } from '../../../../sandbox/border/ops.ts'
import type { FuelBudget, Limits } from '../../../../sandbox/engine/limits.ts'
import type { RunOptions } from '../../../../sandbox/engine/run-options.ts'
import type { RunResult } from '../../../../sandbox/engine/verdict.ts'
import { AnswerError } from '../../../../sandbox/host/answer-error.ts'
import { badCall, textOf } from '../../../../sandbox/host/arguments.ts'
import { RequestHost } from '../../../../sandbox/host/request-host.ts'
import type { LogLevel, RunEvents, ScriptError } from '../../../../sandbox/host/run-events.ts'
import { ReachSession } from '../bindings/reach-session.ts'
import { type FailureCode, failureOf } from '../failure.ts'
import { ExchangeRequest } from '../request-view.ts'
import { type Timing, timingOf } from '../server-timing.ts'
import { noteRun } from '../variables.ts'
import { exchangeOp } from './exchange-ops.ts'
import { notGranted, withPermission } from './granted.ts'
import type { Image } from './record-image.ts'
import { subrequested } from './subrequest.ts'

/** What came of a run: a text, or why there is none. */
export type RecordResult = { readonly text: string | undefined } | { readonly code: FailureCode }

/** Answers the ops of one kind of task; `undefined` as op is never asked. */
export type TaskOps = (op: number, a: Crossing, b: Crossing) => Crossing | Promise<Crossing>

/** One run of a plugin record for one exchange. Begin it only where the deployment was entered. */
export class RecordRun implements RunEvents, RunOptions {
  readonly limits: Limits
  readonly state = 'fresh'
  readonly when = 'now'
  readonly long: 'thread' | 'here'
  readonly #x: Exchange
  readonly #image: Image
  readonly #host: RequestHost
  #abort: AbortController | undefined
  #isAbandoned = false
  #found: { readonly text: string | undefined } | undefined
  #broken: FailureCode | undefined
  #isOver = false
  #late: NodeJS.Timeout | undefined
  #session: ReachSession | undefined
  #timing: Timing | undefined

  /** `long`: where a turn goes on that is long; `here` for whoever cannot wait. */
  constructor(x: Exchange, image: Image, ops: TaskOps, long: 'thread' | 'here' = 'thread') {
    const { deployment } = image.source
    this.long = long
    this.#x = x
    this.#image = image
    this.limits = deployment.runLimits
    this.#host = new RequestHost({
      request: new ExchangeRequest(x, deployment.settings),
      events: this,
      limits: deployment.hostLimits,
      part: deployment.part,
      fetched: (id) => this.#session?.fetched(id),
      call: (op, a, b, c) => {
        return op < RECORD_OPS.first ? this.#reach(op, a, b, c) : this.#call(ops, op, a, b)
      },
    })
  }

  /** Asked for only where the run waits for something. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** What it shares with the plugin's other runs for the request, and with the host's work. */
  budget(): FuelBudget {
    return this.#image.source.deployment.reach.allowances.of(this.#x).budget
  }

  /** Enters the record. */
  start(task: string, detail: string): RecordResult | Promise<RecordResult> {
    const { script, source } = this.#image
    const values = [task, detail]
    const { serverTiming } = source.deployment.settings
    if (serverTiming && (task === 'handle' || task === 'filter')) {
      this.#timing = timingOf(this.#x, detail as Timing['hook'])
    }
    const result = source.deployment.pool.run(script, 'record', values, this.#host, this)
    if (!(result instanceof Promise)) return this.#end(result)
    this.#awake()
    return result.then((ended) => this.#end(ended))
  }

  burnt(fuel: number): void {
    this.#image.source.deployment.burnt(fuel)
    if (this.#timing) this.#timing.fuel += fuel
  }

  /** What it has found before its end: the record answers at once, and still waits for something. */
  get early(): RecordResult | undefined {
    return this.#broken ? { code: this.#broken } : this.#found
  }

  /** What others take their time for: it is not counted as the record's. */
  async meanwhile<T extends Crossing>(answer: Promise<T>): Promise<T> {
    clearTimeout(this.#late)
    const value = await answer
    this.#awake()
    return value
  }

  /** Gives the run up, if it waits. */
  stop(): void {
    this.#abort?.abort()
  }

  /** The same, for nobody wants its result any more: that is not the record's fault. */
  abandon(): void {
    this.#isAbandoned = true
    this.stop()
  }

  /** Of an installed plugin, a refusal names the permission that would allow it. */
  #reach(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    const answer = this.#others.call(op, a, b, c)
    if (!(answer instanceof Promise) || !this.#image.source.granted) return answer
    return answer.catch((error: unknown) => {
      throw withPermission(error)
    })
  }

  /** What any script has, and what was granted: cryptography, compression, hosts. */
  get #others(): ReachSession {
    this.#session ??= new ReachSession({
      x: this.#x,
      reach: this.#image.source.deployment.reach,
      depth: 0,
      take: (message) => this.#host.take(message),
      tell: (level, text) => this.logged(level, text),
    })
    return this.#session
  }

  /** Whoever waits from now on is the record: for so long, and no longer. */
  #awake(): void {
    const { wall } = this.#image.source.deployment.settings.limits
    clearTimeout(this.#late)
    if (!this.#isOver) this.#late = setTimeout(() => this.stop(), wall)
  }

  #call(ops: TaskOps, op: number, a: Crossing, b: Crossing): Crossing | Promise<Crossing> {
    try {
      return op < RecordOp.respond ? this.#look(op, a, b) : ops(op, a, b)
    } catch (error) {
      // No refusal, so it ends the run: there is nothing that the record could make of it.
      if (error instanceof AnswerError) this.#broken = error.code
      throw error
    }
  }

  #look(op: number, a: Crossing, b: Crossing): Crossing | Promise<Crossing> {
    const { entries, source } = this.#image
    const { requestBody, responseBody } = source.deployment.hostLimits
    if (op === RecordOp.subrequest) {
      if (!source.granted?.subrequest) throw notGranted('x.subrequest', 'subrequest')
      this.#others.count.take()
      const made = { target: textOf(a, 'target'), method: textOf(b, 'method') }
      return this.meanwhile(subrequested(this.#x, made, responseBody))
    }
    const view = { x: this.#x, entries, remembered: source.remembered, requestBody }
    return exchangeOp(view, op, a, b)
  }

  #end(result: RunResult): RecordResult {
    const { deployment } = this.#image.source
    this.#isOver = true
    clearTimeout(this.#late)
    this.#host.close()
    this.#session?.close()
    const ended = this.#outcome(result)
    const code = 'code' in ended && !this.#isAbandoned ? ended.code : undefined
    deployment.left(result, code)
    noteRun(this.#x, result, code)
    if (this.#timing) this.#timing.fuel = result.fuel
    if (code !== undefined) deployment.failed(this.#x, code, result)
    else if (!this.#isAbandoned) deployment.succeeded()
    return ended
  }

  #outcome({ verdict }: RunResult): RecordResult {
    if (this.#broken) return { code: this.#broken }
    if (verdict !== 'done' && !(verdict === 'aborted' && this.#found)) {
      return { code: failureOf(verdict) }
    }
    return this.#found ?? { code: 'script_no_answer' }
  }

  // What the guest tells.

  found(text: string | undefined): void {
    this.#found = { text }
  }

  reported({ message, name, stack }: ScriptError): void {
    this.#image.source.deployment.tell(this.#x, 'warn', `unhandled ${name}: ${message}`, stack)
  }

  logged(level: LogLevel, text: string): void {
    this.#image.source.deployment.tell(this.#x, level, text)
  }

  /** What it still waits for (a timer, say) is nobody's concern any more. */
  over(): void {
    setImmediate(() => this.stop())
  }

  // A record has no other ways to answer.

  answered(): never {
    throw badCall('op')
  }

  broken(): void {}
  passed(): void {}
  passThrough(): void {}
  rewritten(): void {}
  upstream(): void {}
}
