import type { Crossing, GuestHost } from '../border/crossing.ts'
import { LINE } from '../border/lines.ts'
import { REQUEST, STREAMED } from '../border/messages.ts'
import { BodyOp, FIRST_FREE_OP, Op, TextOp, UrlOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { type Answer, DEFAULT_ANSWER_LIMITS } from './answer.ts'
import { BodyCount, checkLines, checkStatus } from './answer-check.ts'
import { AnswerError, secondAnswer } from './answer-error.ts'
import { badCall, textOf } from './arguments.ts'
import { type BodyLimits, BodyOps } from './body-ops.ts'
import type { MessageBody, RequestView, ResponseView } from './message-view.ts'
import { Messages } from './messages.ts'
import { requestHead } from './request-head.ts'
import { requestOps } from './request-ops.ts'
import type { OutgoingRequest, RunEvents } from './run-events.ts'
import { RunOps } from './run-ops.ts'
import { textOp } from './text-ops.ts'
import { urlOp } from './url-ops.ts'

/** Limits of one run, as the host keeps them. */
export interface RequestLimits extends BodyLimits {
  /** Characters of console lines. */
  readonly log: number
  /** Messages a run may have: its request, what handlers answer, and copies of bodies. */
  readonly messages: number
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = Object.freeze({
  ...DEFAULT_ANSWER_LIMITS,
  requestBody: 1024 * 1024,
  bodyText: 16 * 1024 * 1024,
  log: 16 * 1024,
  messages: 1000,
})

/** What a run is about, and whom it can ask. */
export interface RequestHostOptions {
  /** Without it there is none: what is logged or scheduled is about no request any more. */
  readonly request?: RequestView | undefined
  /** The response a `response` hook filters; its number is what the hook is entered with. */
  readonly response?: ResponseView | undefined
  readonly events: RunEvents
  /** Complete, so that nothing is merged for each run. */
  readonly limits?: RequestLimits
  /** Settles when the client goes; without it nobody does. */
  readonly clientGone?: Promise<void>
  /** Runs the location's handler; without it there is none. */
  next?(request: OutgoingRequest | undefined): Promise<ResponseView>
  /** The body of an answer to a fetch. */
  fetched?(id: number): MessageBody | undefined
  /** The source of a part of the web API that is not in the image. */
  part?(name: string): string
  /** Answers all other ops. */
  call?(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing>
}

type Family = (op: number, a: Crossing, b: Crossing, c: Crossing) => Crossing | Promise<Crossing>

/** Answers what the guest asks in one run (ops 0–135), and passes other ops on. */
export class RequestHost implements GuestHost {
  readonly #options: RequestHostOptions
  readonly #limits: RequestLimits
  readonly #run: RunOps
  // Most runs need none of these.
  #madeMessages: Messages | undefined
  #madeBodies: BodyOps | undefined
  #madeRequests: Family | undefined
  #hasAnswered = false

  constructor(options: RequestHostOptions) {
    const { events, limits = DEFAULT_REQUEST_LIMITS } = options
    this.#options = options
    this.#limits = limits
    this.#run = new RunOps(events, this.#limits.log, options.part ?? noPart)
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    if (op === Op.out) return this.#out(a, b, c)
    if (op === Op.rewrite) return this.#rewrite(a, b)
    if (op < FIRST_FREE_OP) return this.#run.call(op, a, b, c)
    if (op < BodyOp.text) return this.#requests(op, a, b, c)
    if (op < UrlOp.parse) return this.#bodies.call(op, a, b, c)
    if (op < TextOp.encode) return urlOp(op, a, b, c)
    if (op <= TextOp.badField) return textOp(op, a, b, c)
    return this.#options.call ? this.#options.call(op, a, b, c) : noOthers(op)
  }

  /** Gives the body of a message away: what it is for is the business of another family of ops. */
  take(message: number): MessageBody | undefined {
    return this.#messages.take(message)
  }

  /** Stops what the run has begun: it is over, however it ended. */
  close(): void {
    this.#run.close()
  }

  get #messages(): Messages {
    if (this.#madeMessages) return this.#madeMessages
    const { request, response, fetched } = this.#options
    const messages = new Messages(request, fetched, this.#limits.messages)
    if (response) messages.add(response)
    this.#madeMessages = messages
    return messages
  }

  get #bodies(): BodyOps {
    this.#madeBodies ??= new BodyOps(this.#messages, this.#limits)
    return this.#madeBodies
  }

  get #requests(): Family {
    const { request, clientGone = NEVER, next, events } = this.#options
    this.#madeRequests ??= requestOps({
      request,
      messages: this.#messages,
      clientGone,
      outgoing: (head, body) => this.#outgoing(head, body),
      next: (asked) => next?.(asked) ?? Promise.reject(noHandler()),
      upstream: (name) => events.upstream(name),
    })
    return this.#madeRequests
  }

  #out(status: Crossing, fields: Crossing, body: Crossing): undefined {
    try {
      const answer = this.#checked(status, fields, body)
      const sink = this.#options.events.answered(answer)
      if (answer.body === 'streamed') return this.#bodies.streamTo(sink, () => this.#run.done())
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      this.#options.events.broken(error)
    }
    return this.#run.done()
  }

  #checked(status: Crossing, fields: Crossing, body: Crossing): Answer {
    if (this.#hasAnswered) throw secondAnswer()
    this.#hasAnswered = true
    return {
      status: checkStatus(status),
      fields: checkLines(this.#linesOf(fields), this.#limits),
      body: this.#bodyOf(body, new BodyCount(this.#limits)),
    }
  }

  #rewrite(head: Crossing, body: Crossing): undefined | Promise<undefined> {
    const whose = body === REQUEST ? 'client' : 'script'
    const waits = this.#options.events.rewritten(this.#outgoing(head, body), whose)
    return waits ? waits.then(() => this.#run.done()) : this.#run.done()
  }

  #outgoing(head: Crossing, body: Crossing): OutgoingRequest {
    const { method, url, lines } = requestHead(textOf(head, 'head'))
    try {
      const fields = checkLines(lines, this.#limits)
      return { method, url, fields, body: this.#bodyOf(body, new BodyCount(this.#limits)) }
    } catch (error) {
      // Here nothing has been answered yet: the script can see what is wrong.
      throw error instanceof AnswerError ? refusal('TypeError', error.message) : error
    }
  }

  /** Fields of a message the guest has not read are that message's. */
  #linesOf(fields: Crossing): Crossing {
    return typeof fields === 'number' ? this.#messages.head(fields).fields().join(LINE) : fields
  }

  #bodyOf(body: Crossing, count: BodyCount): Answer['body'] {
    if (body === STREAMED) return 'streamed'
    if (typeof body === 'number') return count.of(this.#messages.take(body))
    if (typeof body === 'string') count.add(Buffer.byteLength(body))
    else if (body !== undefined) count.add(body.length)
    return body
  }
}

/** Nobody goes. */
const NEVER = new Promise<void>(() => {})

/** The refusal of `ctx.next` where nobody is behind the script. */
export function noHandler(): Error {
  return refusal('NotSupportedError', 'this location has no handler beside the script')
}

function noPart(name: string): never {
  throw refusal('NotSupportedError', `there is no ${name} here`)
}

function noOthers(op: number): never {
  throw badCall(`op ${op}`)
}
