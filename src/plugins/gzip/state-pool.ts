import { DirectState, directlyUsable } from './direct-state.ts'
import { OutputMemory } from './output-memory.ts'
import type { DeflateOptions, DeflateState } from './state.ts'
import { StreamState } from './stream-state.ts'

/** States kept for the next response, a quarter of a megabyte each. */
const KEPT = 8

let direct: boolean | undefined

/** zlib states of one kind: responses borrow them, one each for as long as they last. */
export class StatePool {
  static readonly #pools = new Map<string, StatePool>()

  readonly #options: DeflateOptions
  readonly #output: OutputMemory
  readonly #idle: DeflateState[] = []

  constructor(options: DeflateOptions) {
    this.#options = options
    this.#output = new OutputMemory(options.output)
  }

  /** The pool of this kind: one for all places that say the same. */
  static of(options: DeflateOptions): StatePool {
    const key = JSON.stringify(options)
    let pool = StatePool.#pools.get(key)
    if (!pool) {
      pool = new StatePool(options)
      StatePool.#pools.set(key, pool)
    }
    return pool
  }

  borrow(): DeflateState {
    const idle = this.#idle.pop()
    if (idle) return idle
    direct ??= directlyUsable()
    if (direct) return new DirectState(this.#options, this.#output)
    return new StreamState(this.#options)
  }

  /** Output that nobody looks at any more. */
  reuse(output: Uint8Array): void {
    this.#output.giveBack(output)
  }

  /** Gives a state back, wherever it stands in its response. */
  giveBack(state: DeflateState): void {
    if (state.reset() && this.#idle.length < KEPT) this.#idle.push(state)
  }
}
