/** Between two looks at a store that others keep locked, in milliseconds: the first, the longest. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 100
/**
 * How long a change waits in all, in milliseconds. Others hold the lock for microseconds; one that
 * was stopped in the middle holds it until the master takes it for stuck, and kills it.
 */
const PATIENCE = 60_000

/** A change that waits for its turn. */
interface Waiting {
  /** When it is given up, by `performance.now()`. */
  readonly until: number
  /** Whether it is over, be it that it was given up. */
  tries(isLate: boolean): boolean
}

/**
 * Stands before a store while another process keeps it locked. A look at the lock stops this whole
 * process for a moment, so one looks now and then, and the others wait for it, in their order.
 */
export class Gate {
  /** When the next one may look; 0 while nothing is known to be locked. */
  #until = 0
  #pause = FIRST_PAUSE
  #waiting: Waiting[] = []

  /** Whether nobody should look for now. */
  get isShut(): boolean {
    return this.#until !== 0 && performance.now() < this.#until
  }

  /** Somebody has found the store locked. */
  shut(): void {
    this.#until = performance.now() + this.#pause
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE)
  }

  /** Somebody got through. */
  passed(): void {
    this.#until = 0
    this.#pause = FIRST_PAUSE
  }

  /** What an attempt brings that found the store locked, once it gets through; 'busy' if never. */
  wait<T>(attempt: () => T | 'busy'): Promise<T | 'busy'> {
    return new Promise((resolve, reject) => {
      const tries = (isLate: boolean): boolean => {
        try {
          const result = attempt()
          if (result === 'busy' && !isLate) return false
          resolve(result)
        } catch (error) {
          reject(error)
        }
        return true
      }
      this.#waiting.push({ until: performance.now() + PATIENCE, tries })
      if (this.#waiting.length === 1) this.#lookLater()
    })
  }

  #lookLater(): void {
    setTimeout(() => this.#look(), Math.max(1, this.#until - performance.now()))
  }

  #look(): void {
    const now = performance.now()
    const left = this.#waiting.findIndex(({ tries, until }) => !tries(now >= until))
    this.#waiting = left === -1 ? [] : this.#waiting.slice(left)
    if (left !== -1) this.#lookLater()
  }
}
