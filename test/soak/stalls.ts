import type { Socket } from 'node:net'
import { until } from '../harness/wait.ts'

/** Looks at a counter that must all find it unchanged before it counts as standing still. */
const LOOKS = 8

/**
 * A reader that stops reading after each `every` bytes until whoever produces them has stopped as
 * well, because everything between the two is full. That is where memory would pile up.
 */
export class StallingReader {
  /** How often it has stopped. */
  stalls = 0
  readonly #socket: Socket
  readonly #produced: () => number
  readonly #every: number
  #until: number
  #read = 0

  constructor(socket: Socket, produced: () => number, every: number) {
    this.#socket = socket
    this.#produced = produced
    this.#every = every
    this.#until = every
  }

  /** Tells it of bytes that were read. */
  took(bytes: number): void {
    this.#read += bytes
    if (this.#read < this.#until || this.#socket.isPaused()) return
    this.#until += this.#every
    this.stalls++
    this.#socket.pause()
    void this.#standstill().finally(() => this.#socket.resume())
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
