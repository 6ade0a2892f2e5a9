import type { Crossing } from '../border/crossing.ts'
import { Refusal, refusal } from '../border/refusal.ts'
import type { Settlement } from './turn-work.ts'
import { HostFault } from './verdict.ts'

/** The tickets of a run, and the answers that have come for them. */
export class Tickets {
  /** Why the host has failed: the run ends with its next turn. */
  fault: HostFault | undefined
  readonly #most: number
  readonly #wake: () => void
  #settled: Settlement[] = []
  /** Those that nothing was handed over for: what comes during a turn changes nothing in it. */
  #open = 0
  #last = 0

  /** So many may be open at a time; `wake` is called when there is something to hand over. */
  constructor(most: number, wake: () => void) {
    this.#most = most
    this.#wake = wake
  }

  /** Whether answers are still to come or to be handed over. */
  get areOpen(): boolean {
    return this.#open > 0
  }

  /** Whether there is something to hand over. */
  get haveSettled(): boolean {
    return this.#settled.length > 0
  }

  /** A ticket for an answer. */
  for(answer: Promise<Crossing>): number {
    if (this.#open >= this.#most) {
      answer.catch(() => {})
      throw refusal('RangeError', `more than ${this.#most} host calls are waited for`)
    }
    const ticket = ++this.#last
    this.#open++
    answer.then(
      (value) => this.#settle({ ticket, value: ownCopy(value), refused: undefined }),
      (error: unknown) => {
        const { name, message } = error instanceof Refusal ? error : this.failed(error)
        this.#settle({ ticket, value: undefined, refused: { name, message } })
      },
    )
    return ticket
  }

  /** What is to be handed over. */
  take(): readonly Settlement[] {
    const settled = this.#settled
    this.#settled = []
    this.#open -= settled.length
    return settled
  }

  /** The host has failed with this. */
  failed(cause: unknown): HostFault {
    this.fault ??= new HostFault('the host failed', { cause })
    return this.fault
  }

  #settle(settlement: Settlement): void {
    if (this.#settled.push(settlement) === 1) this.#wake()
  }
}

/** Bytes may be memory that is lent for this moment only, and the guest gets them in its next turn. */
function ownCopy(value: Crossing): Crossing {
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}
