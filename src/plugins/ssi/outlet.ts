import { Buffer } from 'node:buffer'
import type { Awaitable, Exchange, GatewayError, Sink } from 'gateway/plugin'
import type { Inclusion, Into } from './include.ts'
import { MOST_PENDING, MOST_WAITING } from './limits.ts'

/** An answer that has its place in a page, and what stands there if it is none. */
export interface Included extends Pick<Inclusion, 'asked' | 'leaving'> {
  readonly stub: Uint8Array | undefined
}

/** Puts the text of a block out in the place of the answer of `x`. */
export type PourStub = (x: Exchange, stub: Uint8Array) => Awaitable<void>

/**
 * Where a page's pieces leave in their order. As long as nothing has to wait they are gathered, and
 * leave together; else they stand in a queue, behind the answers of includes that are not there yet.
 * Includes have been started when they come here, so that they are under way together.
 */
export class Outlet {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #pourStub: PourStub
  #gathered: Uint8Array[] = []
  readonly #queue: (Uint8Array | Included)[] = []
  /** Of what is gathered, or in the queue. */
  #bytes = 0
  #pending = 0
  /** What left last, and is not through yet. */
  #leaving: Promise<void> | undefined
  /** Empties the queue; stays where that was not possible. */
  #emptying: Promise<void> | undefined
  #broken = false
  failed = false

  constructor(x: Exchange, next: Sink, pourStub: PourStub) {
    this.#x = x
    this.#next = next
    this.#pourStub = pourStub
  }

  /** Where an answer goes that can leave at once. */
  get open(): Into {
    return this.#emptying ? undefined : this.#direct
  }

  readonly #direct: Pick<Sink, 'data'> = {
    data: (chunk) => {
      if (this.failed) return undefined
      if (!this.#emptying) {
        this.write(chunk)
        return this.#leaving
      }
      const before = this.#leaving
      return before ? before.then(() => this.#next.data(chunk)) : this.#next.data(chunk)
    },
  }

  write(bytes: Uint8Array): void {
    if (this.failed) return
    this.#bytes += bytes.length
    if (this.#emptying) {
      this.#queue.push(bytes)
      return
    }
    this.#gathered.push(bytes)
    if (this.#bytes >= MOST_WAITING) this.flush()
  }

  /** What was gathered leaves. */
  flush(): void {
    const pieces = this.#gathered
    if (pieces.length === 0) return
    this.#gathered = []
    this.#bytes = 0
    const [only] = pieces
    const bytes = pieces.length === 1 && only ? only : Buffer.concat(pieces)
    this.#leaving = this.#next.data(bytes) || undefined
    if (this.#leaving) this.#start()
  }

  include(included: Included): void {
    if (this.failed) {
      included.asked.breakOff()
      return
    }
    this.flush()
    this.#queue.push(included)
    this.#pending++
    if (!this.#emptying) this.#start()
  }

  /** Waits while so much is held that the page must not go on. */
  room(): Awaitable<void> {
    const isFull = this.#pending >= MOST_PENDING || this.#bytes >= MOST_WAITING
    return isFull || this.#broken ? this.#emptying : undefined
  }

  /** Waits until everything is through. */
  emptied(): Awaitable<void> {
    this.flush()
    return this.#emptying
  }

  /** The page cannot be completed: nothing more leaves, and what was asked for is broken off. */
  fail(error: GatewayError): void {
    if (this.failed) return
    this.failed = true
    for (const each of this.#queue) if ('asked' in each) each.asked.breakOff()
    this.#queue.length = 0
    this.#next.fail(error)
  }

  #start(): void {
    this.#emptying = this.#empty()
    // Whoever waits next is told.
    this.#emptying.catch(() => {
      this.#broken = true
    })
  }

  async #empty(): Promise<void> {
    await this.#leaving
    this.#leaving = undefined
    for (let each = this.#queue[0]; each && !this.failed; each = this.#queue[0]) {
      if ('asked' in each) await this.#pour(each)
      else await this.#next.data(each)
      this.#queue.shift()
      if ('asked' in each) this.#pending--
      else this.#bytes -= each.length
    }
    this.#emptying = undefined
  }

  async #pour({ asked, leaving, stub }: Included): Promise<void> {
    if (stub) {
      const head = await asked.answered
      // As in nginx, a page that tells of an error is not what was asked for.
      if (!head || asked.x.errorStatus > 0) {
        void asked.dismiss()
        return this.#pourStub(asked.x, stub)
      }
    }
    let isEmpty = true
    const error = await (leaving === 'by itself'
      ? asked.ended()
      : asked.pour({
          data: (chunk) => {
            if (chunk.length > 0) isEmpty = false
            return this.failed ? undefined : this.#next.data(chunk)
          },
        }))
    if (error && !this.failed) {
      this.#x.report(error)
      this.fail(error)
    } else if (stub && isEmpty) await this.#pourStub(asked.x, stub)
  }
}
