import type { Exchange, Head, Phase, Verdict } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { BodyCount, checkStatus } from '../../../../sandbox/host/answer-check.ts'
import { secondAnswer } from '../../../../sandbox/host/answer-error.ts'
import { badCall, textOf } from '../../../../sandbox/host/arguments.ts'
import { answerFailure } from '../failure.ts'
import { checkedHead } from './heads.ts'
import { Output } from './output.ts'
import type { Image } from './record-image.ts'
import { type RecordResult, RecordRun } from './record-run.ts'

/** Asks a record's handler of a phase. */
export function handle(x: Exchange, image: Image, phase: Phase): Verdict | Promise<Verdict> {
  const { deployment } = image.source
  const refused = deployment.enter()
  if (!refused) return new PhaseTask(x, image, phase).start()
  return isOpen(image) ? 'next' : answerFailure(x, refused, deployment.retryAfter(refused))
}

/** Whether the location goes on without a record that fails. */
function isOpen({ source }: Image): boolean {
  return source.deployment.settings.onError === 'open'
}

/** One call of a handler, and what it answers. */
class PhaseTask {
  readonly #x: Exchange
  readonly #phase: Phase
  readonly #image: Image
  readonly #run: RecordRun
  readonly #output: Output
  #answer: (() => Verdict | Promise<Verdict>) | undefined
  #answered: Verdict | Promise<Verdict> | undefined
  #waits = false

  constructor(x: Exchange, image: Image, phase: Phase) {
    this.#x = x
    this.#phase = phase
    this.#image = image
    const { deployment } = image.source
    const tell = (text: string) => deployment.tell(x, 'error', text)
    this.#output = new Output(deployment.hostLimits, (head) => x.send(head), tell)
    this.#run = new RecordRun(x, image, (op, a, b) => this.#call(op, a, b))
  }

  start(): Verdict | Promise<Verdict> {
    const result = this.#run.start('handle', this.#phase)
    if (!(result instanceof Promise)) return this.#end(result)
    this.#waits = true
    this.#x.onAbort = () => this.#run.abandon()
    if (this.#answer) this.#sendEarly()
    return result.then((ended) => this.#end(ended))
  }

  #call(op: number, a: Crossing, b: Crossing): Crossing | Promise<Crossing> {
    switch (op) {
      case RecordOp.respond:
        return this.#respond(this.#headIn(a), b)
      case RecordOp.finish: {
        const status = checkStatus(a)
        const head = b === undefined ? undefined : this.#headIn(b)
        return this.#answerWith(() => this.#x.finish(status, head))
      }
      case RecordOp.open:
        this.#output.call(op, a)
        return this.#answerWith(() => {
          this.#output.release()
          return 'done'
        })
      case RecordOp.write:
        return this.#run.meanwhile(this.#output.write(a))
      default:
        return this.#output.call(op, a)
    }
  }

  #headIn(text: Crossing): Head {
    return checkedHead(textOf(text, 'head'), this.#image.source.deployment.hostLimits)
  }

  #respond(head: Head, body: Crossing): undefined {
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw badCall('body')
    const size = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    new BodyCount(this.#image.source.deployment.hostLimits).add(size)
    return this.#answerWith(() => this.#x.respond(head, body))
  }

  #answerWith(answer: () => Verdict | Promise<Verdict>): undefined {
    if (this.#answer) throw secondAnswer()
    this.#answer = answer
    // A record that works on behind its answer does not keep it back.
    if (this.#waits) this.#sendEarly()
    return undefined
  }

  /** Sends the answer when the record's turn is over, which is not its end. */
  #sendEarly(): void {
    const sent = Promise.resolve().then(() => this.#send())
    this.#answered = sent
    // It is the verdict, and fails where that is waited for.
    sent.catch(() => {})
  }

  #send(): Verdict | Promise<Verdict> {
    this.#x.onAbort = undefined
    return this.#x.aborted ? 'done' : (this.#answer?.() ?? 'next')
  }

  #end(result: RecordResult): Verdict | Promise<Verdict> {
    const x = this.#x
    if (this.#waits) x.onAbort = undefined
    if (x.aborted) return 'done'
    if ('code' in result) {
      if (this.#phase === 'log') return 'next'
      if (this.#output.isSent) this.#output.breakOff(result.code)
      if (this.#answered) return this.#answered
      return isOpen(this.#image) ? 'next' : answerFailure(x, result.code)
    }
    if (this.#answer) return this.#answered ?? this.#send()
    return this.#verdictOf(result.text)
  }

  #verdictOf(text: string | undefined): Verdict | Promise<Verdict> {
    if (this.#phase === 'log' || text === 'next') return 'next'
    if (text === 'pass') return text
    const status = Number(text)
    if (Number.isInteger(status) && status >= 200 && status <= 599) return status
    // It says that it answers, and has not; or something that is no verdict here.
    return answerFailure(this.#x, text === 'done' ? 'script_no_answer' : 'script_bad_status')
  }
}
