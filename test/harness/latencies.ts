/** Times of requests in milliseconds, and where most of them lie. */
export class Latencies {
  readonly #times: number[] = []

  add(milliseconds: number): void {
    this.#times.push(milliseconds)
  }

  /** The time that this share of all requests stayed below; 0 when there were none. */
  quantile(share: number): number {
    const sorted = this.#times.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  }
}
