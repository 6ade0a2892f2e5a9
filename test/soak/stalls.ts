import type { Socket } from 'node:net'
import { until } from '../harness/wait.ts'

/** Looks at a counter that must all find it unchanged before it counts as standing still. */
const LOOKS = 8

/** When a reader stops. */
export interface StallPlan {
  /** Bytes between two stops; 0 for a reader that never stops. */
  readonly every: number
  /** Stops in all. */
  readonly most: number
}

/**
 * A reader that stops reading now and then until whoever produces has stopped as well, because
 * everything between the two is full. That is where memory would pile up.
 */
export class StallingReader {
  /** How often it has stopped. */
  stalls = 0
  readonly #socket: Socket
  readonly #produced: () => number
  readonly #plan: StallPlan
  #read = 0
  #standing: Promise<void> = Promise.resolve()

  constructor(socket: Socket, produced: () => number, plan: StallPlan) {
    this.#socket = socket
    this.#produced = produced
    this.#plan = plan
  }

  /** Tells it of bytes that were read. */
  took(bytes: number): void {
    this.#read += bytes
    const { every, most } = this.#plan
    if (this.stalls === most || this.#read < every * (this.stalls + 1)) return
    if (every === 0 || this.#socket.isPaused()) return
    this.stalls++
    this.#socket.pause()
    this.#standing = this.#standstill().finally(() => this.#socket.resume())
    // Whoever asks for the outcome hears of it.
    this.#standing.catch(() => {})
  }

  /** Rejects when the producer did not stop although nobody read. */
  outcome(): Promise<void> {
    return this.#standing
  }

  async #standstill(): Promise<void> {
    let last = -1
    let same = 0
    await until('the producer to stop', () => {
      const produced = this.#produced()
      same = produced === last ? same + 1 : 0
      last = produced
      return same >= LOOKS
    })
  }
}
