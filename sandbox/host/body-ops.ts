import type { Crossing } from '../border/crossing.ts'
import { BodyOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import type { AnswerLimits } from './answer.ts'
import { BodyCount } from './answer-check.ts'
import type { AnswerError } from './answer-error.ts'
import { badCall, bytesOf, textOf } from './arguments.ts'
import { formParts } from './form-parts.ts'
import type { HostWork } from './host-work.ts'
import type { Messages } from './messages.ts'
import { readWhole } from './read-whole.ts'
import type { AnswerSink } from './run-events.ts'
import { scriptError } from './script-error.ts'

/** What bodies may have. */
export interface BodyLimits extends AnswerLimits {
  /** Bytes of a message's body the guest gets as a whole. */
  readonly requestBody: number
}

/** Bodies for the guest (64–95): of messages it reads, and of the answer it streams. */
export class BodyOps {
  readonly #messages: Messages
  readonly #work: HostWork
  readonly #requestBody: number
  readonly #count: BodyCount
  #sink: AnswerSink | undefined
  #done: () => undefined = () => undefined

  constructor(messages: Messages, work: HostWork, limits: BodyLimits) {
    this.#messages = messages
    this.#work = work
    this.#requestBody = limits.requestBody
    this.#count = new BodyCount(limits)
  }

  /** The streamed body goes there from now on; calls `done` at its end. */
  streamTo(sink: AnswerSink, done: () => undefined): undefined {
    this.#sink = sink
    this.#done = done
    return undefined
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    switch (op) {
      case BodyOp.text: {
        const whole = this.#whole(a)
        return whole instanceof Promise ? whole.then(utf8) : utf8(whole)
      }
      case BodyOp.bytes:
        return this.#whole(a)
      case BodyOp.read:
        return this.#messages.reading(a)?.read()
      case BodyOp.cancel:
        this.#messages.reading(a)?.cancel()
        return undefined
      case BodyOp.tee:
        return this.#messages.tee(a, this.#requestBody)
      case BodyOp.has:
        return this.#messages.hasBody(a) ? '1' : ''
      case BodyOp.write:
        return this.#write(bytesOf(a, 'chunk'))
      case BodyOp.end:
        this.#take().end()
        return this.#done()
      case BodyOp.fail:
        this.#take().fail(scriptError(a, b, c))
        return this.#done()
      case BodyOp.multipart:
        return this.#parts(textOf(a, 'boundary'), bytesOf(b, 'form'))
      default:
        throw badCall('op')
    }
  }

  #parts(boundary: string, form: Uint8Array): string {
    this.#work.spend(form.length, 'form')
    return formParts(boundary, form)
  }

  #whole(message: Crossing): Uint8Array | Promise<Uint8Array> {
    return readWhole(this.#messages.take(message), this.#requestBody)
  }

  #write(chunk: Uint8Array): undefined | Promise<undefined> {
    if (!this.#sink) throw noStream()
    try {
      this.#count.add(chunk.length)
    } catch (error) {
      this.#fail(error as AnswerError)
    }
    return this.#sink.write(chunk)?.then(() => undefined)
  }

  #fail({ code, message }: AnswerError): never {
    this.#take().fail({ name: code, message, stack: '' })
    this.#done()
    throw refusal('RangeError', message)
  }

  #take(): AnswerSink {
    const sink = this.#sink
    if (!sink) throw noStream()
    this.#sink = undefined
    return sink
  }
}

/** As Fetch decodes a body: without its byte order mark. */
function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function noStream(): Error {
  return refusal('TypeError', 'no answer is being streamed')
}
