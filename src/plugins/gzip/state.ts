import type { Awaitable } from 'gateway/plugin'

/** How much of what it was given a state must have put out: what suits it, all, all and the end. */
export type Flush = 'none' | 'sync' | 'finish'

/** What zlib needs to know. Sizes in bytes. */
export interface DeflateOptions {
  readonly level: number
  readonly windowBits: number
  readonly memLevel: number
  /** The size of the blocks output is made in. */
  readonly output: number
}

/** zlib at work on one response. */
export interface DeflateState {
  /** Compresses `input` and gives what output there is by then. */
  run(input: Uint8Array, flush: Flush): Awaitable<Uint8Array>
  /** Makes it ready for another response; false where it cannot be used again. */
  reset(): boolean
}
