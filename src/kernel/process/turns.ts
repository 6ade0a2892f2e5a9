/** Runs tasks one after another; of several that wait, equal ones are one. */
export class Turns<Task> {
  readonly #run: (task: Task) => Promise<void> | void
  readonly #waiting = new Set<Task>()
  #busy = false

  /** `run` must not throw. */
  constructor(run: (task: Task) => Promise<void> | void) {
    this.#run = run
  }

  /** Runs it now, or when what is under way is over. */
  ask(task: Task): void {
    if (this.#busy) this.#waiting.add(task)
    else void this.take(async () => this.#run(task))
  }

  /** Runs this at once, and what is asked for meanwhile after it. */
  async take(work: () => Promise<void>): Promise<void> {
    this.#busy = true
    try {
      await work()
    } finally {
      this.#busy = false
      const waiting = [...this.#waiting]
      this.#waiting.clear()
      for (const task of waiting) this.ask(task)
    }
  }
}
