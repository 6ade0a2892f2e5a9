import { setImmediate } from 'node:timers/promises'
import type { Awaitable, Exchange, GatewayError, Head, Sink } from 'gateway/plugin'
import { countRatio } from './ratio.ts'
import type { DeflateState, Flush } from './state.ts'
import type { StatePool } from './state-pool.ts'

/** As much as zlib may work on before others get their turn. */
const SLICE = 32_768
const NOTHING = new Uint8Array(0)

/** Compresses what is poured into it. */
export class GzipSink implements Sink {
  /** zlib has copied what it needs when it has run. */
  readonly borrows = true
  readonly #x: Exchange
  readonly #next: Sink
  readonly #states: StatePool
  /** Held back until it is known whether the body comes in one piece. */
  #head: Head | undefined
  #state: DeflateState | undefined
  #flush: Flush = 'none'
  #ended = false
  /** Bytes taken and bytes made. */
  taken = 0
  made = 0

  constructor(x: Exchange, next: Sink, states: StatePool) {
    this.#x = x
    this.#next = next
    this.#states = states
    countRatio(x, this)
  }

  head(head: Head): void {
    this.#head = head
    if (head.flush) this.#flush = 'sync'
    if (head.length === undefined || head.length > SLICE || head.flush) this.#begin()
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (chunk.length === 0 || this.#ended) return undefined
    this.taken += chunk.length
    if (this.#head && this.#head.length === chunk.length) return this.#atOnce(this.#head, chunk)
    this.#begin()
    return chunk.length <= SLICE ? this.#compress(chunk, this.#flush) : this.#inSlices(chunk)
  }

  end(): Awaitable<void> {
    if (this.#ended) return this.#next.end()
    this.#begin()
    const poured = this.#compress(NOTHING, 'finish')
    return poured ? poured.then(() => this.#close()) : this.#close()
  }

  fail(error: GatewayError): void {
    this.#release()
    this.#next.fail(error)
  }

  /** The whole body is here and small: its compressed length can be told. */
  #atOnce(head: Head, body: Uint8Array): Awaitable<void> {
    this.#head = undefined
    const made = this.#open().run(body, 'finish')
    if ('then' in made) return made.then((bytes) => this.#sendWhole(head, bytes))
    return this.#sendWhole(head, made)
  }

  #sendWhole(head: Head, bytes: Uint8Array): Awaitable<void> {
    this.#release()
    head.length = bytes.length
    this.#next.head(head)
    return this.#pass(bytes)
  }

  /** Sends the head of a body whose compressed length nobody knows. */
  #begin(): void {
    const head = this.#head
    if (!head) return
    this.#head = undefined
    head.length = undefined
    this.#open()
    this.#next.head(head)
  }

  async #inSlices(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += SLICE) {
      if (at > 0) await setImmediate()
      // It may have failed meanwhile, or nobody may want it any more.
      if (this.#ended || this.#x.aborted) return
      await this.#compress(chunk.subarray(at, at + SLICE), this.#flush)
    }
  }

  #compress(piece: Uint8Array, flush: Flush): Awaitable<void> {
    const made = (this.#state as DeflateState).run(piece, flush)
    return 'then' in made ? made.then((bytes) => this.#pass(bytes)) : this.#pass(made)
  }

  #pass(bytes: Uint8Array): Awaitable<void> {
    if (bytes.length === 0) return undefined
    this.made += bytes.length
    const waits = this.#next.data(bytes)
    if (!waits && this.#next.borrows) this.#states.reuse(bytes)
    return waits
  }

  #open(): DeflateState {
    const state = this.#states.borrow()
    this.#state = state
    return state
  }

  #close(): Awaitable<void> {
    this.#release()
    return this.#next.end()
  }

  /** From here on another response may use the state. */
  #release(): void {
    this.#ended = true
    if (this.#state) this.#states.giveBack(this.#state)
    this.#state = undefined
  }
}
