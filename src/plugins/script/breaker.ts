import { steadyTime } from 'gateway/plugin'

/** So many runs in a row over a limit suspend a script. */
const LIMIT_ERRORS = 3
/** How long nobody asks it then, in milliseconds; after that one request tries. */
const PAUSE = 10_000

/** Keeps a script from being run that fails each time, at the price of its limits. */
export class Breaker {
  #failures = 0
  /** When one more may try; 0 while it is closed. */
  #until = 0

  /** Whether a request may run the script. */
  admits(): boolean {
    if (this.#until === 0) return true
    const now = steadyTime()
    if (now < this.#until) return false
    // One tries; the others wait for what comes of it.
    this.#until = now + PAUSE
    return true
  }

  succeeded(): void {
    this.#failures = 0
    this.#until = 0
  }

  /** A run went over a limit. Returns whether the script is suspended by that. */
  failed(): boolean {
    this.#failures++
    if (this.#failures < LIMIT_ERRORS) return false
    const wasClosed = this.#until === 0
    this.#until = steadyTime() + PAUSE
    return wasClosed
  }
}
