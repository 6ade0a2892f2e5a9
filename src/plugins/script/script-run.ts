import type { Verdict } from 'gateway/plugin'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { Limits } from '../../../sandbox/engine/limits.ts'
import type { RunOptions } from '../../../sandbox/engine/pool.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { Answer } from '../../../sandbox/host/answer.ts'
import type { AnswerError } from '../../../sandbox/host/answer-error.ts'
import type { RequestView, ResponseView } from '../../../sandbox/host/message-view.ts'
import { noHandler, RequestHost } from '../../../sandbox/host/request-host.ts'
import type {
  AnswerSink,
  LogLevel,
  OutgoingRequest,
  RunEvents,
  ScriptError,
} from '../../../sandbox/host/run-events.ts'
import { AnswerSender, type Outlet } from './answer-sender.ts'
import { chargeCall, limitsOfCall } from './bindings/called-run.ts'
import { ReachSession } from './bindings/reach-session.ts'
import type { Deployment } from './deployment.ts'
import { type FailureCode, failureOf } from './failure.ts'
import type { HeadView } from './head-view.ts'
import { exchangeOf, type Occasion } from './occasion.ts'
import { type Timing, timingOf } from './server-timing.ts'
import { noteRun } from './variables.ts'

/** What came of a run, as far as its exchange is concerned. */
type Outcome = 'none' | 'answered' | 'passed' | FailureCode

/** What a script is run for. */
export interface Task {
  readonly hook: Hook
  /** What the hook is entered with. */
  readonly values: readonly Crossing[]
  /** `batch`: together with others, when this turn of the event loop is over. */
  readonly when?: 'now' | 'batch'
  /** The request the guest is shown; none where it is over, or there never was one. */
  readonly request?: RequestView
  /** The response that a `response` hook filters. */
  readonly response?: ResponseView
  /** How many scripts have called each other, this one included; none unless given. */
  readonly depth?: number
  /** Where an answer goes, for a hook that may give one. */
  readonly outlet?: Outlet
  /** What the location's handler answers. */
  next?(asked: OutgoingRequest | undefined): Promise<HeadView>
  /** What the hook has found, wants instead, or chooses. */
  found?(text: string | undefined): void
  rewritten?: RunEvents['rewritten']
  upstream?(name: string): void
  /** Answers in the script's place, where nothing was sent yet. */
  refuse(code: FailureCode): Verdict | Promise<Verdict>
}

/** One run of a script's hook on one occasion: what it asks of that, and its end. */
export class ScriptRun implements RunEvents, RunOptions {
  readonly limits: Limits
  readonly state: 'fresh' | 'reuse'
  readonly when: 'now' | 'batch'
  readonly long: 'thread' | 'here'
  readonly #x: Occasion
  readonly #deployment: Deployment
  readonly #host: RequestHost
  readonly #task: Task
  readonly #timing: Timing | undefined
  #outcome: Outcome = 'none'
  #answer: AnswerSender | undefined
  #passesThrough = false
  /** Whether the guest waits: then its answer does not wait for the end of its turn. */
  #waits = false
  #abort: AbortController | undefined
  #isOver = false
  #isStopped = false
  /** Whether the phase goes on, and the guest works behind it. */
  #isBehind = false
  #goOn: ((verdict: 'next') => void) | undefined
  #release: (() => void) | undefined
  #madeSession: ReachSession | undefined
  /** What the location's handler has answered. */
  #inner: HeadView[] | undefined

  constructor(x: Occasion, deployment: Deployment, task: Task) {
    const { hostLimits, part, runLimits, settings } = deployment
    const { request, response, when = 'now' } = task
    this.#x = x
    this.#deployment = deployment
    this.#task = task
    const exchange = task.depth ? exchangeOf(x) : undefined
    this.limits = exchange ? limitsOfCall(runLimits, deployment.reach, exchange) : runLimits
    this.state = settings.state
    this.when = when
    // Whoever asks for a variable cannot wait.
    this.long = task.hook === 'variables' ? 'here' : 'thread'
    const timed = settings.serverTiming ? exchangeOf(x) : undefined
    this.#timing = timed && timingOf(timed, task.hook)
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

  /** Asked for only where the run waits for something. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Calls the hook, and answers; the verdict is the phase's. */
  start(): Verdict | Promise<Verdict> {
    const result = this.#run()
    return result instanceof Promise ? this.#wait(result) : this.#end(result)
  }

  /** A script that the master could load may fail to load here: it can throw dice. */
  #run(): RunResult | Promise<RunResult> {
    const { hook, values } = this.#task
    try {
      return this.#deployment.pool.run(this.#deployment.script, hook, values, this.#host, this)
    } catch (error) {
      return notLoaded(error as Error)
    }
  }

  /** Gives it up: nobody wants what comes of it. */
  stop(): void {
    this.#isStopped = true
    this.#abort?.abort()
  }

  async #next(asked: OutgoingRequest | undefined): Promise<HeadView> {
    const { next } = this.#task
    if (!next) throw noHandler()
    this.#session.count.take()
    const answer = await next(asked)
    this.#inner ??= []
    this.#inner.push(answer)
    return answer
  }

  #wait(result: Promise<RunResult>): Promise<Verdict> {
    const ended = this.#untilEnd(result)
    const behind = new Promise<Verdict>((resolve) => {
      this.#goOn = resolve
    })
    if (this.#isBehind && this.#waits) this.#leaveBehind()
    return Promise.race([ended, behind])
  }

  async #untilEnd(result: Promise<RunResult>): Promise<Verdict> {
    const { wall } = this.#deployment.settings.limits
    const stop = () => this.#abort?.abort()
    const late = setTimeout(stop, wall)
    this.#x.onAbort = stop
    const ended = await result
    clearTimeout(late)
    if (this.#x.onAbort === stop) this.#x.onAbort = undefined
    const verdict = this.#end(ended)
    // Not before: a worker that leaves may be gone then.
    this.#release?.()
    return verdict
  }

  /** Once whatever is going on in this moment is over. */
  #sendSoon(answer: AnswerSender): void {
    queueMicrotask(() => this.#send(answer))
  }

  /** Later, for within the guest's turn it cannot be given up. */
  #giveUp(): void {
    setImmediate(() => this.#abort?.abort())
  }

  /** The phase goes on, and the guest works on behind it. */
  #leaveBehind(): void {
    this.#x.onAbort = undefined
    this.#release ??= this.#x.carrier.hold()
    this.#goOn?.('next')
  }

  /** The answer goes out, and the guest works on behind it: a leaving worker waits for that. */
  #send(answer: AnswerSender): void {
    this.#x.onAbort = undefined
    this.#release ??= this.#x.carrier.hold()
    void answer.send()
  }

  #end(result: RunResult): Verdict | Promise<Verdict> {
    const x = this.#x
    const code = this.#failure(result)
    this.#host.close()
    this.#deployment.left(result, x.aborted ? undefined : code)
    if (this.#timing) this.#timing.fuel = result.fuel
    // The script's own answer may still be made of one of them.
    if (this.#inner) setImmediate(leave, this.#inner)
    const exchange = exchangeOf(x)
    if (exchange?.location.debug) this.#deployment.ended(exchange, this.#task.hook, result)
    if (this.#task.depth && exchange) chargeCall(result, this.#deployment.reach, exchange)
    else if (exchange) noteRun(exchange, result, code)
    if (code !== undefined) {
      this.#madeSession?.close()
      return this.#fail(code, result)
    }
    const verdict = this.#succeed()
    this.#madeSession?.closeBehind(this.#answer?.poured)
    return verdict
  }

  #succeed(): Verdict | Promise<Verdict> {
    this.#deployment.succeeded()
    return this.#answer ? this.#answer.send() : 'next'
  }

  /** What its script asks beside its request; most ask nothing. */
  get #session(): ReachSession {
    this.#madeSession ??= new ReachSession({
      x: exchangeOf(this.#x),
      reach: this.#deployment.reach,
      depth: this.#task.depth ?? 0,
      take: (message) => this.#host.take(message),
      tell: (level, text) => this.#deployment.tell(this.#x, level, text),
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
    const x = this.#x
    const deployment = this.#deployment
    // Nobody waits for an answer any more, and that is not the script's fault.
    if (x.aborted || this.#isStopped) return 'done'
    deployment.failed(x, code, result)
    if (this.#answer?.begun) {
      this.#answer.breakOff()
      return 'done'
    }
    // The phase has gone on.
    if (this.#isBehind) return 'next'
    const open = this.#passesThrough || deployment.settings.onError === 'open'
    return open ? 'next' : this.#task.refuse(code)
  }

  // What the pool tells.

  waits(): void {
    this.#waits = true
    if (this.#isOver) this.#giveUp()
    if (this.#answer) this.#sendSoon(this.#answer)
    if (this.#isBehind) this.#leaveBehind()
  }

  burnt(fuel: number): void {
    this.#deployment.burnt(fuel)
    if (this.#timing) this.#timing.fuel += fuel
  }

  // What the guest tells.

  answered(answer: Answer): AnswerSink {
    const { outlet } = this.#task
    if (!outlet) throw refusal('TypeError', 'nobody waits for an answer here')
    this.#outcome = 'answered'
    const tell = (why: string) => {
      this.#deployment.tell(this.#x, 'error', `its answer broke off: ${why}`)
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
    this.#deployment.tell(this.#x, 'warn', `unhandled ${error.name}: ${error.message}`, error.stack)
  }

  logged(level: LogLevel, text: string): void {
    this.#deployment.tell(this.#x, level, text)
  }

  found(text: string | undefined): void {
    this.#outcome = 'passed'
    this.#task.found?.(text)
  }

  rewritten(request: OutgoingRequest, whose: 'client' | 'script'): void | Promise<void> {
    this.#outcome = 'passed'
    return this.#task.rewritten?.(request, whose)
  }

  upstream(name: string): void {
    const { upstream } = this.#task
    if (!upstream) throw refusal('TypeError', 'this hook cannot choose an upstream')
    upstream(name)
  }

  held(): void {
    if (this.#outcome !== 'passed') return
    this.#isBehind = true
    if (this.#waits) this.#leaveBehind()
  }

  /** What it still waits for (a timer, say) is nobody's concern any more. */
  over(): void {
    this.#isOver = true
    if (this.#waits) this.#giveUp()
  }
}

function notLoaded({ message }: Error): RunResult {
  const error = { name: 'Error', message, stack: '' }
  return { verdict: 'error', value: undefined, error, cause: undefined, fuel: 0, memory: 0 }
}

function leave(answers: readonly HeadView[]): void {
  for (const each of answers) each.leave()
}
