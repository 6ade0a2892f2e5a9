import { FUEL_PER_MICROSECOND } from '../border/fuel.ts'
import { hostBudgetExceeded } from './errors.ts'
import type { Spend } from './spend.ts'

/**
 * What one request may use of the processor, in fuel: what its runs burn, those of scripts that are
 * called included, and what the host works for them in sessions.
 */
export class RequestBudget {
  readonly #milliseconds: number
  readonly #note: (fuel: number) => void
  readonly #limit: number
  #used = 0

  /** `note` is told what the host works, for whoever else keeps account of it. */
  constructor(milliseconds: number, note: (fuel: number) => void = () => {}) {
    this.#milliseconds = milliseconds
    this.#limit = Math.floor(milliseconds * MICROSECONDS * FUEL_PER_MICROSECOND)
    this.#note = note
  }

  get left(): number {
    return Math.max(0, this.#limit - this.#used)
  }

  /** Notes what a run has burnt. */
  take(fuel: number): void {
    this.#used += fuel
  }

  /** Pays for work of the host; refuses where that is more than is left. */
  readonly spend: Spend = (microseconds, when = 'ahead') => {
    const fuel = Math.ceil(microseconds * FUEL_PER_MICROSECOND)
    // Written so that what is no number is refused.
    const isTooMuch = !(fuel <= this.left)
    if (when === 'done' || !isTooMuch) {
      this.#used += fuel
      this.#note(fuel)
    }
    if (isTooMuch) throw hostBudgetExceeded(this.#milliseconds)
  }
}

/** Of a millisecond. */
const MICROSECONDS = 1000
