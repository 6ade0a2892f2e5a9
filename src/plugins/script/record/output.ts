import { type Head, pluginFailed, type Sink } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { refusal } from '../../../../sandbox/border/refusal.ts'
import type { AnswerLimits } from '../../../../sandbox/host/answer.ts'
import { BodyCount } from '../../../../sandbox/host/answer-check.ts'
import { secondAnswer } from '../../../../sandbox/host/answer-error.ts'
import { badCall, bytesOf, textOf } from '../../../../sandbox/host/arguments.ts'
import { checkedHead, checkedTrailers } from './heads.ts'
import { textError } from './record-error.ts'

/**
 * A response that a record pours, on its way out. What it gives waits for the end of its turn:
 * sending may end with the connection's next request, which may run a record, too.
 */
export class Output {
  readonly #open: (head: Head) => Sink
  readonly #tell: (text: string) => void
  readonly #limits: AnswerLimits
  readonly #count: BodyCount
  readonly #waiting: (() => void | Promise<void>)[] = []
  #head: Head | undefined
  #sink: Sink | undefined
  #state: 'held' | 'idle' | 'pouring' = 'held'
  #over: 'no' | 'yes' = 'no'
  #done: () => void = () => {}
  /** Settles when all of it was taken, or the rest is not wanted. */
  readonly finished = new Promise<void>((resolve) => {
    this.#done = resolve
  })

  /** `open` is called with the head, once somebody wants the output; `tell` writes to the log. */
  constructor(limits: AnswerLimits, open: (head: Head) => Sink, tell: (text: string) => void) {
    this.#limits = limits
    this.#count = new BodyCount(limits)
    this.#open = open
    this.#tell = tell
  }

  /** Whether there is a head, sent or not. */
  get hasBegun(): boolean {
    return this.#head !== undefined
  }

  /** Whether its head is on its way. */
  get isSent(): boolean {
    return this.#sink !== undefined
  }

  /** From now on what the record gives is sent. Throws where what it has begun cannot be. */
  release(): void {
    if (this.#state !== 'held') return
    this.#state = 'idle'
    // Whatever comes first is a head.
    void this.#waiting.shift()?.()
    void this.#pour()
  }

  /** What was sent is all there is, and the client shall see that something is missing. */
  breakOff(why: string): void {
    this.#waiting.length = 0
    this.#over = 'yes'
    this.#sink?.fail(pluginFailed('script', textError(why)))
    this.#done()
  }

  /** It gives nothing: somebody else does. */
  leave(): void {
    this.#over = 'yes'
    this.#done()
  }

  /** Takes what the record gives. Throws an `AnswerError` for what cannot be sent. */
  call(op: number, a: Crossing): undefined {
    switch (op) {
      case RecordOp.open:
        return this.#begin(checkedHead(textOf(a, 'head'), this.#limits))
      case RecordOp.end:
        return this.#finish(a)
      case RecordOp.break:
        this.#tell(`breaks its response off: ${textOf(a, 'text')}`)
        this.breakOff('it breaks its response off')
        return undefined
      default:
        throw badCall('op')
    }
  }

  /** Takes bytes; the promise means that there is room for more. Throws as `call` does. */
  write(bytes: Crossing): Promise<undefined> {
    const chunk = bytesOf(bytes, 'chunk')
    this.#mustBeOpen()
    this.#count.add(chunk.length)
    return new Promise((resolve) => {
      this.#later(async () => {
        if (chunk.length > 0) await this.#sink?.data(chunk)
        resolve(undefined)
      })
    })
  }

  #begin(head: Head): undefined {
    if (this.#head) throw secondAnswer()
    this.#head = head
    return this.#later(() => {
      this.#sink = this.#open(head)
    })
  }

  #finish(trailers: Crossing): undefined {
    this.#mustBeOpen()
    this.#over = 'yes'
    const fields =
      trailers === undefined
        ? undefined
        : checkedTrailers(textOf(trailers, 'trailers'), this.#limits)
    return this.#later(async () => {
      const { trailers: own } = this.#head as Head
      if (own && fields) own.list.splice(0, own.list.length, ...fields.list)
      await this.#sink?.end()
      this.#done()
    })
  }

  #mustBeOpen(): void {
    if (!this.#head || this.#over === 'yes') {
      throw refusal('TypeError', 'no response is being poured')
    }
  }

  #later(step: () => void | Promise<void>): undefined {
    this.#waiting.push(step)
    if (this.#state === 'idle') queueMicrotask(() => void this.#pour())
    return undefined
  }

  async #pour(): Promise<void> {
    if (this.#state !== 'idle') return
    this.#state = 'pouring'
    try {
      for (let step = this.#waiting.shift(); step; step = this.#waiting.shift()) {
        const waits = step()
        if (waits) await waits
      }
    } catch (error) {
      this.breakOff(error instanceof Error ? error.message : String(error))
    }
    this.#state = 'idle'
  }
}
