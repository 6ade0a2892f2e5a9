import type { Awaitable, Exchange, GatewayError, Sink, Subrequest } from 'gateway/plugin'
import { MOST_PENDING, MOST_WAITING } from './limits.ts'

/** An answer that has its place in a page, and what stands there if it is none. */
interface Included {
  readonly asked: Subrequest
  readonly stub: Uint8Array | undefined
}

/** Puts the text of a block out in the place of the answer of `x`. */
export type PourStub = (x: Exchange, stub: Uint8Array) => Awaitable<void>

/**
 * Where a page's pieces leave in their order: bytes at once as long as nothing is before them, the
 * answers of includes when it is their turn. Includes have been started when they come here, so that
 * they are under way together.
 */
export class Outlet {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #pourStub: PourStub
  readonly #queue: (Uint8Array | Included)[] = []
  #bytes = 0
  #pending = 0
  /** Empties the queue; stays where that was not possible. */
  #emptying: Promise<void> | undefined
  #broken = false
  failed = false

  constructor(x: Exchange, next: Sink, pourStub: PourStub) {
    this.#x = x
    this.#next = next
    this.#pourStub = pourStub
  }

  write(bytes: Uint8Array): void {
    if (this.failed) return
    if (this.#emptying) {
      this.#queue.push(bytes)
      this.#bytes += bytes.length
      return
    }
    const waits = this.#next.data(bytes)
    if (waits) this.#start(waits)
  }

  include(asked: Subrequest, stub: Uint8Array | undefined): void {
    if (this.failed) {
      asked.breakOff()
      return
    }
    this.#queue.push({ asked, stub })
    this.#pending++
    if (!this.#emptying) this.#start(undefined)
  }

  /** Waits while so much is held that the page must not go on. */
  room(): Awaitable<void> {
    const isFull = this.#pending >= MOST_PENDING || this.#bytes >= MOST_WAITING
    return isFull || this.#broken ? this.#emptying : undefined
  }

  /** Waits until everything is through. */
  emptied(): Awaitable<void> {
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

  #start(first: Awaitable<void>): void {
    this.#emptying = this.#empty(first)
    // Whoever waits next is told.
    this.#emptying.catch(() => {
      this.#broken = true
    })
  }

  async #empty(first: Awaitable<void>): Promise<void> {
    await first
    for (let each = this.#queue[0]; each && !this.failed; each = this.#queue[0]) {
      if ('asked' in each) await this.#pour(each)
      else await this.#next.data(each)
      this.#queue.shift()
      if ('asked' in each) this.#pending--
      else this.#bytes -= each.length
    }
    this.#emptying = undefined
  }

  async #pour({ asked, stub }: Included): Promise<void> {
    if (stub) {
      const head = await asked.answered
      // As in nginx, a page that tells of an error is not what was asked for.
      if (!head || asked.x.errorStatus > 0) {
        void asked.dismiss()
        return this.#pourStub(asked.x, stub)
      }
    }
    let isEmpty = true
    const error = await asked.pour({
      data: (chunk) => {
        if (chunk.length > 0) isEmpty = false
        return this.failed ? undefined : this.#next.data(chunk)
      },
    })
    if (error && !this.failed) {
      this.#x.report(error)
      this.fail(error)
    } else if (stub && isEmpty) await this.#pourStub(asked.x, stub)
  }
}
