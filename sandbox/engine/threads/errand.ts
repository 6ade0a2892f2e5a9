import type { Crossing } from '../../border/crossing.ts'
import type { Given, Seed } from '../journal.ts'
import type { State } from '../state.ts'
import type { Settlement } from '../turn-work.ts'
import type { Failure, GuestError } from '../verdict.ts'

/**
 * A turn that a thread takes for a run, with those before it that have to be replayed: the guest is
 * given again what it was given, and only what it asks for beyond that is asked.
 */
export interface Errand {
  /** Its own number among all of this process. */
  readonly number: number
  /** Where it begins; without it, at the script's image with this seed. */
  readonly state: State | undefined
  readonly seed: Seed
  /** What `enter` is called with, where that is the first thing to do. */
  readonly entry:
    | { readonly hook: string | number; readonly values: readonly Crossing[] }
    | undefined
  /** What is handed over, turn by turn. */
  readonly turns: readonly (readonly Settlement[])[]
  /** What was answered at once, and what the clock said, in order. */
  readonly given: readonly Given[]
  readonly clock: readonly number[]
  /** The limits of the last turn; a replayed one has not burnt more than a slice. */
  readonly fuel: number
  readonly slice: number
  readonly jobs: number
  /** Whether the guest has tickets whose answers are not among those handed over. */
  readonly waits: boolean
}

/** What became of an errand. */
export interface ErrandEnd {
  /** What the last turn has burnt, and all of them. */
  readonly fuel: number
  readonly burnt: number
  readonly stopped: Stop | undefined
  /** What `enter` has returned, where it was called. */
  readonly value: Crossing
  /** Bytes of the guest's heap, and by how many it is larger than in its image. */
  readonly memory: number
  readonly grown: number
  /** The state of a guest that waits. */
  readonly state: State | undefined
}

/** What has stopped a turn. */
export interface Stop {
  readonly verdict: Failure
  readonly error: GuestError | undefined
}

/** What a host call from a thread is answered with. */
export type Reply =
  | { readonly kind: 'value'; readonly value: Crossing }
  | { readonly kind: 'ticket'; readonly ticket: number }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }
  | { readonly kind: 'stop'; readonly verdict: 'aborted' | 'host' }
