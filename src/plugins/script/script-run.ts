import type { Verdict } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { FuelBudget, Limits } from '../../../sandbox/engine/limits.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { Answer } from '../../../sandbox/host/answer.ts'
import type { AnswerError } from '../../../sandbox/host/answer-error.ts'
import { noHandler, RequestHost } from '../../../sandbox/host/request-host.ts'
import type {
  AnswerSink,
  LogLevel,
  OutgoingRequest,
  RunEvents,
  ScriptError,
} from '../../../sandbox/host/run-events.ts'
import { AnswerSender } from './answer-sender.ts'
import { ReachSession } from './bindings/reach-session.ts'
import type { Deployment } from './deployment.ts'
import { type FailureCode, failureOf } from './failure.ts'
import { type HeadView, leaveAll } from './head-view.ts'
import { exchangeOf, type Occasion } from './occasion.ts'
import { account } from './run-account.ts'
import { RunLife } from './run-life.ts'
import { type Timing, timingOf } from './server-timing.ts'
import type { Task } from './task.ts'

/** What came of a run, as far as its exchange is concerned. */
type Outcome = 'none' | 'answered' | 'passed' | FailureCode

/** One run of a script's hook on one occasion: what it asks of that, and its end. */
export class ScriptRun implements RunEvents, RunOptions {
  readonly limits: Limits
  readonly state: 'fresh' | 'reuse'
  readonly when: 'now' | 'batch'
  readonly long: 'thread' | 'here'
  readonly x: Occasion
  readonly deployment: Deployment
  readonly task: Task
  readonly timing: Timing | undefined
  readonly #life: RunLife
  readonly #host: RequestHost
  #outcome: Outcome = 'none'
  #answer: AnswerSender | undefined
  #passesThrough = false
  /** Whether the guest waits: then its answer does not wait for the end of its turn. */
  #waits = false
  #isOver = false
  /** Whether the phase goes on, and the guest works behind it. */
  #isBehind = false
  #madeSession: ReachSession | undefined
  /** What the location's handler has answered. */
  #inner: HeadView[] | undefined

  constructor(x: Occasion, deployment: Deployment, task: Task) {
    const { hostLimits, part, runLimits, settings } = deployment
    const { request, response, when = 'now' } = task
    this.x = x
    this.deployment = deployment
    this.task = task
    this.#life = new RunLife(x)
    this.limits = runLimits
    this.state = settings.state
    this.when = when
    // Whoever asks for a variable cannot wait.
    this.long = task.hook === 'variables' ? 'here' : 'thread'
    this.timing = settings.serverTiming ? timingOf(exchangeOf(x), task.hook) : undefined
    this.#host = new RequestHost({
      request,
      response,
      events: this,
      limits: hostLimits,
      part,
      call: (op, a, b, c) => this.#session.call(op, a, b, c),
      fetched: (id) => this.#madeSession?.fetched(id),
      next: (asked) => this.#next(asked),
    })
  }

  get signal(): AbortSignal {
    return this.#life.signal
  }

  /** What it shares with other runs of its request, and with the host's work; most are alone. */
  budget(): FuelBudget | undefined {
    const { deployment, task } = this
    // The request it tells of is over, and whatever became of that, it is told.
    if (task.hook === 'log') return undefined
    const isAlone = !(this.#waits || this.#madeSession || task.depth || deployment.hasManyHooks)
    return isAlone ? undefined : deployment.reach.allowances.of(exchangeOf(this.x)).budget
  }

  /** Calls the hook, and answers; the verdict is the phase's. */
  start(): Verdict | Promise<Verdict> {
    const { hook, values } = this.task
    const result = this.deployment.run(hook, values, this.#host, this)
    return result instanceof Promise ? this.#wait(result) : this.#end(result)
  }

  /** Gives it up: nobody wants what comes of it. */
  stop(): void {
    this.#life.stop()
  }

  async #next(asked: OutgoingRequest | undefined): Promise<HeadView> {
    const { next } = this.task
    if (!next) throw noHandler()
    this.#session.count.take()
    const answer = await next(asked)
    this.#inner ??= []
    this.#inner.push(answer)
    return answer
  }

  #wait(result: Promise<RunResult>): Promise<Verdict> {
    const { wall } = this.deployment.settings.limits
    const verdict = this.#life.verdict(result, wall, (ended) => this.#end(ended))
    if (this.#isBehind && this.#waits) this.#life.leaveBehind()
    return verdict
  }

  /** Once whatever is going on in this moment is over, the answer goes out before the run's end. */
  #sendSoon(answer: AnswerSender): void {
    queueMicrotask(() => {
      this.#life.goBehind()
      void answer.send()
    })
  }

  #end(result: RunResult): Verdict | Promise<Verdict> {
    const code = this.#failure(result)
    this.#host.close()
    // The script's own answer may still be made of one of them.
    if (this.#inner) setImmediate(leaveAll, this.#inner)
    account(this, result, code)
    this.task.ended?.()
    if (code !== undefined) {
      this.#madeSession?.close()
      return this.#fail(code, result)
    }
    this.deployment.succeeded()
    const verdict = this.#answer ? this.#answer.send() : 'next'
    this.#madeSession?.closeBehind(this.#answer?.poured)
    return verdict
  }

  /** What its script asks beside its request; most ask nothing. */
  get #session(): ReachSession {
    this.#madeSession ??= new ReachSession({
      x: exchangeOf(this.x),
      reach: this.deployment.reach,
      depth: this.task.depth ?? 0,
      take: (message) => this.#host.take(message),
      tell: (level, text) => this.deployment.tell(this.x, level, text),
    })
    return this.#madeSession
  }

  #failure({ error, verdict }: RunResult): FailureCode | undefined {
    const isDone = verdict === 'done' || (verdict === 'aborted' && this.#isOver)
    if (!isDone) return this.#madeSession?.limitBehind(error) ?? failureOf(verdict)
    if (this.#outcome === 'none') return 'script_no_answer'
    return this.#outcome === 'answered' || this.#outcome === 'passed' ? undefined : this.#outcome
  }

  #fail(code: FailureCode, result: RunResult): Verdict | Promise<Verdict> {
    const deployment = this.deployment
    // Nobody waits for an answer any more, and that is not the script's fault.
    if (this.#life.isUnwanted) return 'done'
    deployment.failed(this.x, code, result)
    if (this.#answer?.begun) {
      this.#answer.breakOff()
      return 'done'
    }
    // The phase has gone on.
    if (this.#isBehind) return 'next'
    const open = this.#passesThrough || deployment.settings.onError === 'open'
    return open ? 'next' : this.task.refuse(code)
  }

  // What the pool tells.

  waits(): void {
    this.#waits = true
    if (this.#isOver) this.#life.giveUp()
    if (this.#answer) this.#sendSoon(this.#answer)
    if (this.#isBehind) this.#life.leaveBehind()
  }

  burnt(fuel: number): void {
    this.deployment.burnt(fuel)
    if (this.timing) this.timing.fuel += fuel
  }

  // What the guest tells.

  answered(answer: Answer): AnswerSink {
    const { outlet } = this.task
    if (!outlet) throw refusal('TypeError', 'nobody waits for an answer here')
    this.#outcome = 'answered'
    const tell = (why: string) => {
      this.deployment.tell(this.x, 'error', `its answer broke off: ${why}`)
    }
    const sender = new AnswerSender(outlet, answer, tell)
    this.#answer = sender
    if (this.#waits) this.#sendSoon(sender)
    return sender
  }

  broken({ code }: AnswerError): void {
    this.#outcome = code
  }

  passed(): void {
    this.#outcome = 'passed'
  }

  passThrough(): void {
    this.#passesThrough = true
  }

  reported(error: ScriptError): void {
    this.deployment.tell(this.x, 'warn', `unhandled ${error.name}: ${error.message}`, error.stack)
  }

  logged(level: LogLevel, text: string): void {
    this.deployment.tell(this.x, level, text)
  }

  found(text: string | undefined): void {
    this.#outcome = 'passed'
    this.task.found?.(text)
  }

  rewritten(request: OutgoingRequest, whose: 'client' | 'script'): void | Promise<void> {
    this.#outcome = 'passed'
    return this.task.rewritten?.(request, whose)
  }

  upstream(name: string): void {
    const { upstream } = this.task
    if (!upstream) throw refusal('TypeError', 'this hook cannot choose an upstream')
    upstream(name)
  }

  held(): void {
    if (this.#outcome !== 'passed') return
    this.#isBehind = true
    if (this.#waits) this.#life.leaveBehind()
  }

  /** What it still waits for (a timer, say) is nobody's concern any more. */
  over(): void {
    this.#isOver = true
    if (this.#waits) this.#life.giveUp()
  }
}
