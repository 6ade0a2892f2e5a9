/**
 * Lets so many jobs of scripts onto Node's four threads at once that the host's own work finds one.
 * Jobs of different runs take turns: a run with many does not keep others waiting behind all of them.
 */
export class JobQueue {
  readonly #width: number
  #running = 0
  /** The jobs each run has waiting, in the order in which the runs have their turns. */
  readonly #waiting = new Map<object, (() => void)[]>()

  constructor(width: number) {
    this.#width = width
  }

  /** Does a job for a run when it has its turn. */
  async run<T>(owner: object, job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#width) this.#running++
    else await this.#turn(owner)
    try {
      return await job()
    } finally {
      this.#next()
    }
  }

  #turn(owner: object): Promise<void> {
    return new Promise((start) => {
      const own = this.#waiting.get(owner)
      if (own === undefined) this.#waiting.set(owner, [start])
      else own.push(start)
    })
  }

  /** Hands the place of a job that has ended to the next run. */
  #next(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#running--
      return
    }
    const [owner, jobs] = first
    const start = jobs.shift()
    this.#waiting.delete(owner)
    if (jobs.length > 0) this.#waiting.set(owner, jobs)
    start?.()
  }
}

/** Half of Node's threads. */
const WIDTH = 2

/** The jobs of all scripts of this worker. */
export const sharedJobs: JobQueue = new JobQueue(WIDTH)
