import {
  type Exchange,
  type GatewayError,
  type Head,
  lastingOf,
  pluginFailed,
  Replacement,
  type Sink,
  type Stage,
} from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { AnswerError } from '../../../../sandbox/host/answer-error.ts'
import { badCall } from '../../../../sandbox/host/arguments.ts'
import { pourBody } from '../answer-sender.ts'
import { ChunkReader } from '../chunk-reader.ts'
import { type FailureCode, problemOf } from '../failure.ts'
import { becomeLike, checkedHead } from './heads.ts'
import { Output } from './output.ts'
import type { Image } from './record-image.ts'
import { type RecordResult, RecordRun } from './record-run.ts'

/** Lets a record's filter look at a response; returns where its body is poured. */
export function openFilter(x: Exchange, next: Sink, image: Image, stage: Stage): Sink {
  const { deployment } = image.source
  const refused = deployment.enter()
  if (refused) return deployment.settings.onError === 'open' ? next : refuse(x, next, refused)
  return new FilterTask(x, next, image).open(stage)
}

/** In the place of a response that has not begun: the problem. */
function refuse(x: Exchange, next: Sink, code: FailureCode): Sink {
  const { body, head } = problemOf(code)
  const bytes = Buffer.from(body)
  head.length = bytes.length
  x.head?.seek?.([])
  x.head = head
  return new Replacement(next, x.method === 'HEAD' ? undefined : bytes)
}

/** One response in the hands of a record's filter. */
class FilterTask implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #image: Image
  readonly #run: RecordRun
  readonly #output: Output
  readonly #body = new ChunkReader({ pour: () => {}, discard: () => {} })
  /** Whether the record has said that it wants the body. */
  #hold: 'none' | 'body' = 'none'
  #isLeft = false

  constructor(x: Exchange, next: Sink, image: Image) {
    this.#x = x
    this.#next = next
    this.#image = image
    const { deployment } = image.source
    const tell = (text: string) => deployment.tell(x, 'error', text)
    this.#output = new Output(deployment.hostLimits, (head) => this.#pass(head), tell)
    this.#run = new RecordRun(x, image, (op, a) => this.#call(op, a))
  }

  open(stage: Stage): Sink {
    const result = this.#run.start('filter', stage)
    if (!(result instanceof Promise)) return this.#opened(result)
    const { early } = this.#run
    if (early) return this.#opened(early)
    lastingOf(this.#x).atEnd(() => this.#leave())
    void result.then((ended) => this.#ended(ended))
    return this
  }

  // The response that comes.

  head(): void {
    this.#output.release()
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    return this.#body.data(chunk)
  }

  end(): Promise<void> {
    this.#body.end()
    return this.#output.finished
  }

  fail(error: GatewayError): void {
    this.#body.cancel()
    this.#leave()
    this.#next.fail(error)
  }

  /** Nobody wants what the record makes of the response any more. */
  #leave(): void {
    this.#isLeft = true
    this.#run.abandon()
  }

  /** The record has seen the head, and the body passes by; its head is the last thing it says. */
  #opened(result: RecordResult): Sink {
    const failure = this.#seen(result)
    return failure ? refuse(this.#x, this.#next, failure) : this.#next
  }

  /** Takes the head as a record has left it that wants no body; the failure that this is, if any. */
  #seen(result: RecordResult): FailureCode | undefined {
    const failure = this.#headIn(result)
    const { onError } = this.#image.source.deployment.settings
    return onError === 'open' && this.#hold === 'none' ? undefined : failure
  }

  #headIn(result: RecordResult): FailureCode | undefined {
    if ('code' in result) return result.code
    if (this.#hold === 'body') return 'script_no_answer'
    const { text = '' } = result
    if (text === '') return undefined
    try {
      const head = checkedHead(text, this.#image.source.deployment.hostLimits)
      becomeLike(this.#x.head as Head, head)
      return undefined
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      return error.code
    }
  }

  /** The head of the chain stays the same one: who is behind may know it already. */
  #pass(changed: Head): Sink {
    const head = this.#x.head as Head
    becomeLike(head, changed)
    try {
      this.#next.head(head)
    } catch (error) {
      this.#next.fail(pluginFailed('script', error))
      throw error
    }
    return this.#next
  }

  #call(op: number, a: Crossing): Crossing | Promise<Crossing> {
    switch (op) {
      case RecordOp.take:
        this.#hold = 'body'
        return undefined
      case RecordOp.chunk:
        return this.#chunk()
      case RecordOp.write:
        return this.#run.meanwhile(this.#output.write(a))
      case RecordOp.open:
      case RecordOp.end:
      case RecordOp.break:
        return this.#output.call(op, a)
      default:
        throw badCall('op')
    }
  }

  #chunk(): Promise<Crossing> {
    if (this.#hold === 'none') throw badCall('op')
    return this.#run.meanwhile(Promise.resolve(this.#body.read()))
  }

  #ended(result: RecordResult): void {
    if (this.#isLeft) return
    if (this.#hold === 'none') {
      void this.#seenLate(result)
      return
    }
    this.#body.cancel()
    if ('code' in result) this.#failed(result.code)
    else if (!this.#output.hasBegun) this.#failed('script_no_answer')
  }

  /** It took longer over the head than others can wait for, so that the body has come here. */
  async #seenLate(result: RecordResult): Promise<void> {
    const failure = this.#seen(result)
    if (failure) {
      this.#body.cancel()
      this.#failed(failure)
      return
    }
    try {
      this.#next.head(this.#x.head as Head)
      await pourBody(this.#body, this.#next)
    } catch (error) {
      this.#body.cancel()
      this.#next.fail(pluginFailed('script', error))
    }
    this.#output.leave()
  }

  #failed(code: FailureCode): void {
    if (this.#output.isSent) {
      this.#output.breakOff(code)
      return
    }
    this.#output.breakOff(code)
    const sink = refuse(this.#x, this.#next, code)
    sink.head(this.#x.head as Head)
    void sink.end()
  }
}
