import { clock } from '../../base/clock.ts'
import { clientClosed, type GatewayError } from '../../base/errors.ts'
import type { Head } from '../../wire/head.ts'
import type { ReadonlyFields } from '../../wire/http1/fields.ts'
import type { Target } from '../../wire/uri.ts'
import type { Sink } from '../filter/sink.ts'
import { runEndings, runLog } from '../phase/run.ts'
import type { Awaitable } from '../phase/verdict.ts'
import { type Deferred, deferred } from './deferred.ts'
import { type Carrier, Exchange } from './exchange.ts'
import type { RequestBody } from './request-body.ts'

export interface SubrequestOptions {
  /** GET unless given; HEAD asks for the head alone. */
  readonly method?: string
  /** `same`: that of the request it is made for, which has to be collected. None unless given. */
  readonly body?: 'same'
  /**
   * Where its body goes as it comes, instead of waiting until it is poured: for an answer whose turn
   * it is already. What is answered at once is then `complete` when it has been made.
   */
  readonly into?: Pick<Sink, 'data'>
}

/** How much of an answer that nobody wants is read, in bytes, and for how long, in milliseconds. */
const UNWANTED_BYTES = 65_536
const UNWANTED_TIME = 10_000

/** How a subrequest differs from the request it is made for. */
interface Asked {
  readonly method: string
  readonly body: RequestBody
  readonly headers?: ReadonlyFields | undefined
  readonly into?: Pick<Sink, 'data'> | undefined
}

/**
 * A request made inside the server on behalf of another one. It runs from the moment it is made;
 * its body waits until somebody pours it, so that several run in parallel and are poured in order.
 */
export class Subrequest implements Sink, Carrier {
  /** The exchange, for its head and variables. */
  readonly x: Exchange
  /** Where the body goes, once somebody pours it; until then its chunks wait for their turn. */
  #into: Pick<Sink, 'data'> | undefined
  #turn: Deferred<void> | undefined
  /** Promises are made where somebody waits: most of what is poured at once is never waited for. */
  #answer: Deferred<Head | undefined> | undefined
  #end: Deferred<GatewayError | undefined> | undefined
  #error: GatewayError | undefined
  #head: Head | undefined
  #isAnswered = false
  #isOver = false
  #bodyless = false

  constructor(parent: Exchange, to: Target, { body, headers, into, method }: Asked) {
    this.#into = into
    this.x = new Exchange({
      client: parent.client,
      carrier: this,
      server: parent.server,
      headers: headers ?? parent.headers,
      headSize: parent.headSize,
      body,
      end: this,
      startedAt: clock.now,
      parent,
      captures: undefined,
      method,
      target: parent.target,
      version: parent.version,
      host: parent.host,
      uri: to.uri,
      args: to.args,
    })
    parent.children ??= new Set()
    parent.children.add(this.x)
  }

  /** Settles when the head is there, or the subrequest has ended without one. */
  get answered(): Promise<Head | undefined> {
    if (this.#isAnswered) return Promise.resolve(this.#head)
    this.#answer ??= deferred()
    return this.#answer.promise
  }

  /** Whether it is over, and nothing went wrong: all it had is through. */
  get complete(): boolean {
    return this.#isOver && this.#error === undefined
  }

  /** Pours the body into `into` (its `data` alone), or drops it; settles when all of it is through. */
  async pour(into: Pick<Sink, 'data'> = NOWHERE): Promise<GatewayError | undefined> {
    this.#into = into
    this.#turn?.resolve()
    return this.ended()
  }

  /** Settles when it is over, with what went wrong. */
  ended(): Promise<GatewayError | undefined> {
    if (this.#isOver) return Promise.resolve(this.#error)
    this.#end ??= deferred()
    return this.#end.promise
  }

  /**
   * Nobody wants the answer, nor waits for it any more. What is short is read to its end, so that
   * the connection to a peer can be kept; the rest is broken off. Settles when it is over.
   */
  async dismiss(): Promise<void> {
    this.x.parent?.children?.delete(this.x)
    let left = UNWANTED_BYTES
    let timer: NodeJS.Timeout | undefined
    void this.answered.then(() => {
      if (!this.#isOver) timer = setTimeout(() => this.breakOff(), UNWANTED_TIME)
    })
    await this.pour({
      data: (chunk) => {
        left -= chunk.length
        if (left < 0) this.breakOff()
      },
    })
    clearTimeout(timer)
  }

  /** Ends it now: whoever works for it is told, and what was promised settles. */
  breakOff(): void {
    this.x.abort(clientClosed('its answer was read'))
    // Also where nobody could be told: whoever pours a file looks at this.
    this.x.aborted = true
    this.#finish(undefined)
  }

  head(head: Head): void {
    this.#bodyless = this.x.method === 'HEAD' || head.status === 204 || head.status === 304
    this.#tellAnswered(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (this.#bodyless) return undefined
    if (this.#into) return this.#into.data(chunk)
    this.#turn ??= deferred()
    return this.#turn.promise.then(() => this.#into?.data(chunk))
  }

  end(): void {
    this.#finish(undefined)
  }

  fail(error: GatewayError): void {
    this.#finish(error)
  }

  drop(): void {
    this.#finish(undefined)
  }

  endsWithClose(): void {
    // The connection is the main request's; what a subrequest fails of does not end it.
  }

  hold(): (() => void) | undefined {
    return (this.x.parent as Exchange).carrier.hold()
  }

  /** Does what was to be done at its end. A body that is its parent's is needed as long as that. */
  #endEndings(): void {
    const { body, parent } = this.x
    if (body.empty || body !== parent?.body) runEndings(this.x)
    else parent.atEnd(() => runEndings(this.x))
  }

  #finish(error: GatewayError | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.x.parent?.children?.delete(this.x)
    if (this.x.location.settings.log_subrequest) runLog(this.x)
    else this.#endEndings()
    this.#tellAnswered(undefined)
    this.#end?.resolve(error)
  }

  #tellAnswered(head: Head | undefined): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#head = head
    this.#answer?.resolve(head)
  }
}

const NOWHERE: Pick<Sink, 'data'> = { data() {} }
