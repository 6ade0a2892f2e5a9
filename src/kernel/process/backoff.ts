/** A delay between tries that is doubled each time; in milliseconds. */
export class Backoff {
  readonly #first: number
  readonly #longest: number
  #next: number

  constructor(first: number, longest: number) {
    this.#first = first
    this.#longest = longest
    this.#next = first
  }

  /** Milliseconds to wait before the next try. */
  next(): number {
    const delay = this.#next
    this.#next = Math.min(delay * 2, this.#longest)
    return delay
  }

  /** All is well again. */
  reset(): void {
    this.#next = this.#first
  }
}
