import { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import type { GatewayError } from '../base/errors.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { Head } from '../wire/head.ts'

/** How quickly a `CollectingSink` takes chunks: at once, or one in each turn of the event loop. */
export type Pace = 'quick' | 'slow'

/** A sink that keeps what is poured into it, and notes where a contract of `Sink` is broken. */
export class CollectingSink implements Sink {
  /** It copies, so that a sender that uses its memory again is tried out. */
  readonly borrows = true
  readonly pace: Pace
  headGiven: Head | undefined
  readonly chunks: Buffer[] = []
  failure: GatewayError | undefined
  ended = false
  /** Broken rules, as sentences: data before the head, data while it waits, data after the end. */
  readonly faults: string[] = []
  /** Settles when the response has ended or failed. */
  readonly over: Promise<void>
  #settle!: () => void
  #busy = false

  constructor(pace: Pace = 'quick') {
    this.pace = pace
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks)
  }

  head(head: Head): void {
    if (this.headGiven) this.faults.push('a second head was sent')
    this.headGiven = head
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (!this.headGiven) this.faults.push('data came before the head')
    if (this.ended || this.failure) this.faults.push('data came after the end')
    if (this.#busy) this.faults.push('data came while the sink was not ready')
    this.chunks.push(Buffer.from(chunk))
    return this.pace === 'slow' ? this.#wait() : undefined
  }

  end(): void {
    if (!this.headGiven) this.faults.push('the end came before the head')
    if (this.ended || this.failure) this.faults.push('the response ended twice')
    if (this.#busy) this.faults.push('the end came while the sink was not ready')
    this.ended = true
    this.#settle()
  }

  fail(error: GatewayError): void {
    if (this.ended || this.failure) this.faults.push('the response failed after its end')
    this.failure = error
    this.#settle()
  }

  /** The exchange was ended without an answer. */
  drop(): void {
    this.#settle()
  }

  async #wait(): Promise<void> {
    this.#busy = true
    await setImmediate()
    this.#busy = false
  }
}
