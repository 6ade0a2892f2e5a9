import { subrequestsExceeded } from './errors.ts'
import type { HostRefusal } from './refusal.ts'

/** The subrequests of one request. Scripts that call each other share them. */
export class SubrequestCount {
  readonly #limit: number
  #made = 0
  #isExceeded = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many were made. */
  get made(): number {
    return this.#made
  }

  /** Whether one more was asked for than there may be. */
  get isExceeded(): boolean {
    return this.#isExceeded
  }

  /** Counts one more; throws where there is none left. */
  take(): void {
    if (this.#made >= this.#limit) throw this.exceeded()
    this.#made++
  }

  /** The refusal of one more. */
  exceeded(): HostRefusal {
    this.#isExceeded = true
    return subrequestsExceeded(this.#limit)
  }
}
