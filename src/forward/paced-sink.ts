import { steadyTime, tick } from '../base/clock.ts'
import type { GatewayError } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { mainOf, requestValue } from '../kernel/variable/request-value.ts'
import type { Head } from '../wire/head.ts'

/** Bytes a second of a response, in digits, where somebody has set it; 0: as fast as it goes. */
export const limitRate = requestValue('limit_rate')

/** How fast a body passes. */
export interface Pace {
  /** Bytes a second. */
  readonly rate: number
  /** Bytes that pass before the rate counts. */
  readonly after: number
  /** Since when the time counts, by the clock of `x.startedAt`. */
  readonly since: number
}

/** How long a body that is ahead of its pace waits, in milliseconds. */
const PAUSE = 250
/** As in nginx, the first second's bytes pass at once. */
const HEAD_START = 1000

/**
 * Lets a body through at a pace. It holds nothing but the chunk that waits, and that as its
 * sender's; it looks at the clock four times a second, whatever the chunks are. Once the request is
 * over, what still comes is let through at once, so that whoever pours sees that nobody listens.
 */
export class PacedSink implements Sink {
  readonly #next: Sink
  readonly #pace: Pace
  #passed = 0
  #over = false
  /** What waits to pass, and its sender. */
  #rest: Uint8Array | undefined = undefined
  #sender: { resolve: () => void; reject: (error: unknown) => void } | undefined = undefined
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(x: Exchange, next: Sink, pace: Pace) {
    this.#next = next
    this.#pace = pace
    mainOf(x).atEnd(() => this.#release())
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (chunk.length <= this.#allowed) {
      this.#passed += chunk.length
      return this.#next.data(chunk)
    }
    return new Promise((resolve, reject) => {
      this.#rest = chunk
      this.#sender = { resolve, reject }
      this.#goOn()
    })
  }

  end(): Awaitable<void> {
    return this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#release()
    this.#next.fail(error)
  }

  /** Bytes that may pass now. */
  get #allowed(): number {
    if (this.#over) return Number.POSITIVE_INFINITY
    const { rate, after, since } = this.#pace
    const elapsed = steadyTime() - since + HEAD_START
    return Math.floor((rate * elapsed) / 1000) + after - this.#passed
  }

  /** Passes as much of what waits as the pace allows. */
  #goOn(): void {
    this.#timer = undefined
    const rest = this.#rest as Uint8Array
    const size = Math.min(rest.length, this.#allowed)
    if (size <= 0) {
      this.#timer = setTimeout(() => {
        tick()
        this.#goOn()
      }, PAUSE)
      return
    }
    this.#passed += size
    this.#rest = size < rest.length ? rest.subarray(size) : undefined
    try {
      const waits = this.#next.data(rest.subarray(0, size))
      if (waits) waits.then(() => this.#taken(), this.#sender?.reject)
      else this.#taken()
    } catch (error) {
      this.#sender?.reject(error)
    }
  }

  #taken(): void {
    if (this.#rest) this.#goOn()
    else this.#sender?.resolve()
  }

  /** Nobody counts any more. */
  #release(): void {
    this.#over = true
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#goOn()
  }
}
