import type { Crossing } from '../border/crossing.ts'
import { BodyOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import type { AnswerLimits } from './answer.ts'
import { BodyCount } from './answer-check.ts'
import type { AnswerError } from './answer-error.ts'
import { badCall, bytesOf, textOf } from './arguments.ts'
import { tooMany } from './errors.ts'
import { formParts } from './form-parts.ts'
import type { Messages } from './messages.ts'
import { readWhole } from './read-whole.ts'
import type { AnswerSink } from './run-events.ts'
import { scriptError } from './script-error.ts'

/** What bodies may have. */
export interface BodyLimits extends AnswerLimits {
  /** Bytes of a message's body the guest gets as a whole. */
  readonly requestBody: number
  /** Bytes of bodies it gets as texts, all together: nobody knows their price beforehand. */
  readonly bodyText: number
}

/** Bodies for the guest (64–95): of messages it reads, and of the answer it streams. */
export class BodyOps {
  readonly #messages: Messages
  readonly #requestBody: number
  readonly #bodyText: number
  #decoded = 0
  readonly #count: BodyCount
  #sink: AnswerSink | undefined
  #done: () => undefined = () => undefined

  constructor(messages: Messages, limits: BodyLimits) {
    this.#messages = messages
    this.#requestBody = limits.requestBody
    this.#bodyText = limits.bodyText
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
        return whole instanceof Promise ? whole.then(this.#text) : this.#text(whole)
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
        return formParts(textOf(a, 'boundary'), bytesOf(b, 'form'))
      default:
        throw badCall('op')
    }
  }

  readonly #text = (bytes: Uint8Array): string => {
    this.#decoded += bytes.length
    if (this.#decoded > this.#bodyText) {
      throw tooMany('bytes of bodies as texts', this.#bodyText, 'body_text_limit')
    }
    return utf8(bytes)
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
