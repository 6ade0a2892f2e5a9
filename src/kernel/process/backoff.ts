const FIRST = 100
const LONGEST = 10_000

/** The growing delay between starts that fail: 100 ms, doubled each time, 10 s at most. */
export class Backoff {
  #next = FIRST

  /** Milliseconds to wait before the next try. */
  next(): number {
    const delay = this.#next
    this.#next = Math.min(delay * 2, LONGEST)
    return delay
  }

  /** A start succeeded. */
  reset(): void {
    this.#next = FIRST
  }
}
