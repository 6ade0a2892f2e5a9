import type { Crossing } from '../border/crossing.ts'
import type { Refusal } from '../border/refusal.ts'
import { MAX_JOURNAL_BYTES, MAX_JOURNAL_ENTRIES } from './limits.ts'
import type { State } from './state.ts'
import type { Settlement } from './turn-work.ts'

/** What a host call was answered with at once: a value, a ticket's number, or a refusal. */
export type Given = Crossing | Refusal

/** Where `Math.random` begins: two words of its state. */
export type Seed = readonly [low: number, high: number]

/**
 * All that a run was given from outside since it began, or since its checkpoint. A guest that is
 * given the same again does the same again, with the same fuel: so its turns can be replayed.
 */
export class Journal {
  /** The state it goes on from; without it, the script's image. */
  checkpoint: State | undefined
  /** What the turns in it have burnt. */
  fuel = 0
  // Most runs are over after one turn and a call or two.
  #given: Given[] | undefined
  #clock: number[] | undefined
  #turns: (readonly Settlement[])[] | undefined
  #entries = 0
  #bytes = 0

  get given(): readonly Given[] {
    return this.#given ?? []
  }

  /** What the clock said each time it was read. */
  get clock(): readonly number[] {
    return this.#clock ?? []
  }

  /** What was handed over in each turn but the one that entered. */
  get turns(): readonly (readonly Settlement[])[] {
    return this.#turns ?? []
  }

  /** Whether it holds more than it should: time for a checkpoint. */
  get isFull(): boolean {
    return this.#entries > MAX_JOURNAL_ENTRIES || this.#bytes > MAX_JOURNAL_BYTES
  }

  /** Bytes are kept as they are now: they may be memory that is only lent. */
  gave(answer: Given): void {
    const given = answer instanceof Uint8Array ? new Uint8Array(answer) : answer
    if (this.#given) this.#given.push(given)
    else this.#given = [given]
    this.#count(given)
  }

  toldTime(time: number): void {
    if (this.#clock) this.#clock.push(time)
    else this.#clock = [time]
    this.#entries++
  }

  settled(settlements: readonly Settlement[]): void {
    if (this.#turns) this.#turns.push(settlements)
    else this.#turns = [settlements]
    for (const { value } of settlements) this.#count(value)
  }

  /** What was before this state need not be replayed any more. */
  goOnFrom(checkpoint: State): void {
    this.checkpoint = checkpoint
    this.fuel = 0
    this.#given = undefined
    this.#clock = undefined
    this.#turns = undefined
    this.#entries = 0
    this.#bytes = 0
  }

  #count(given: Given): void {
    this.#entries++
    if (typeof given === 'string') this.#bytes += 2 * given.length
    else if (given instanceof Uint8Array) this.#bytes += given.length
  }
}
