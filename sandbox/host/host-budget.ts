import { hostBudgetExceeded } from './errors.ts'

/**
 * What the host may work for one request, in microseconds of a core: what the sessions of its runs
 * spend, and the runs of scripts that it calls.
 */
export class HostBudget {
  readonly #limit: number
  #spent = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is left of it; never negative. */
  get left(): number {
    return Math.max(0, this.#limit - this.#spent)
  }

  /** Spends some of it; throws where that is more than there is. */
  readonly spend = (microseconds: number): void => {
    this.#spent += microseconds
    if (this.#spent > this.#limit) throw hostBudgetExceeded(this.#limit / MICROSECONDS)
  }

  /** Notes what was done already. */
  charge(microseconds: number): void {
    this.#spent += microseconds
  }
}

/** Of a millisecond. */
const MICROSECONDS = 1000
