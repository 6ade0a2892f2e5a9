import { badCall } from '../arguments.ts'
import { unknownHandle } from '../errors.ts'
import { SubrequestCount } from '../subrequest-count.ts'
import type { FetchLimits } from './fetch-limits.ts'
import type { FetchAnswer, FetchedBody, Fetcher, FetchRequest } from './fetcher.ts'
import { Upload } from './upload.ts'

/** One fetch of a run, from its request to the last piece of its answer. */
class Exchange {
  readonly request: FetchRequest
  readonly fetcher: Fetcher
  readonly abort = new AbortController()
  answer: FetchAnswer | undefined
  sent = false

  constructor(fetcher: Fetcher, request: FetchRequest) {
    this.fetcher = fetcher
    this.request = request
  }

  close(): void {
    if (this.request.body instanceof Upload) this.request.body.close()
    // Most have ended by themselves, and ending them again is as dear as a request.
    if (this.answer !== undefined && (this.answer.body?.isEnded ?? true)) return
    this.abort.abort()
    this.answer?.body?.cancel()
  }
}

/**
 * The fetches of one run, by numbers that the script gets. When the run ends, however it ends,
 * `close` ends them too.
 */
export class FetchSession {
  readonly #fetchers: readonly Fetcher[]
  readonly #limits: FetchLimits
  readonly #open = new Map<number, Exchange>()
  readonly #count: SubrequestCount
  #last = 0
  #closed = false

  /** `fetchers[0]` is `egress`; the others are the bound upstreams, in the order of the bindings. */
  constructor(
    fetchers: readonly Fetcher[],
    limits: FetchLimits,
    count: SubrequestCount = new SubrequestCount(limits.subrequests),
  ) {
    this.#fetchers = fetchers
    this.#limits = limits
    this.#count = count
  }

  /** How many requests were sent: what `subrequests` counts. */
  get subrequests(): number {
    return this.#count.made
  }

  /** Takes a request; nothing is sent yet. */
  open(fetcher: number, request: FetchRequest): number {
    const chosen = this.#fetchers[fetcher]
    if (chosen === undefined) throw unknownHandle('binding')
    if (this.#closed) throw badCall('moment')
    // What is open has cost memory whether or not it was sent.
    if (this.#last >= this.#limits.subrequests) throw this.#count.exceeded()
    this.#open.set(++this.#last, new Exchange(chosen, request))
    return this.#last
  }

  /** Sends it, and gives the head of the answer. */
  async send(id: number): Promise<FetchAnswer> {
    const exchange = this.#exchange(id)
    if (exchange.sent) throw badCall('order of calls')
    exchange.sent = true
    const context = { signal: exchange.abort.signal, count: () => this.#count.take() }
    try {
      const answer = await exchange.fetcher.fetch(exchange.request, context)
      exchange.answer = answer
      if (exchange.abort.signal.aborted) answer.body?.cancel()
      return answer
    } catch (error) {
      this.abort(id)
      throw error
    }
  }

  /** Writes a piece of the request's body, or with undefined its end. */
  write(id: number, bytes: Uint8Array | undefined): Promise<void> {
    const { body } = this.#exchange(id).request
    if (!(body instanceof Upload)) throw badCall('fetch')
    return body.write(bytes)
  }

  /** The body of an answer that is there; undefined where it has none. */
  body(id: number): FetchedBody | undefined {
    const { answer } = this.#exchange(id)
    if (answer === undefined) throw badCall('order of calls')
    return answer.body
  }

  /** Ends one fetch; one that is over already stays so. */
  abort(id: number): void {
    this.#open.get(id)?.close()
    this.#open.delete(id)
  }

  /** Ends all of them: the run is over. */
  close(): void {
    this.#closed = true
    for (const id of this.#open.keys()) this.abort(id)
  }

  #exchange(id: number): Exchange {
    const exchange = this.#open.get(id)
    if (exchange === undefined) throw unknownHandle('fetch')
    return exchange
  }
}
