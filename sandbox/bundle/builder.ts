import { BuilderProcess } from './builder-process.ts'
import {
  type BundleError,
  builderClosed,
  builderFailed,
  compileTookTooLong,
  compileTookTooMuchMemory,
  scriptBroken,
  scriptNotFound,
  scriptTooLarge,
} from './errors.ts'
import type { BuildAnswer, BuildOrder } from './messages.ts'

/** A build that was a success. */
export type Built = Extract<BuildAnswer, { kind: 'built' }>

interface Job {
  readonly id: number
  readonly order: BuildOrder
  readonly file: string
  /** When it began, or became the only one. */
  startedAt: number
  /** Processor time of the process then, where known. */
  startedCpu: number | undefined
  /** How many builds share the processor time since then, itself among them. */
  sharers: number
  /** Whether nothing else was built in this process before: its memory is this build's. */
  isFirst: boolean
  /** How often the process has died under it. */
  deaths: number
  readonly resolve: (built: Built) => void
  readonly reject: (error: BundleError) => void
}

/** Builds side by side: enough that neither esbuild nor our side waits for the other. */
const WIDTH = 8
/** How often somebody looks at the process, in milliseconds. */
const LOOK_INTERVAL = 20
/** How much longer a build may take by the clock than by the processor, on a busy machine. */
const PATIENCE = 10
/** How long a process may take to be ready, in milliseconds. */
const START_LIMIT = 30_000

/**
 * Runs builds in one process. When some of them take more time together than all of them may, or
 * too much memory, or the process dies of them, nobody knows whose fault it is: each is begun again
 * and built alone. Only what goes over a limit alone is refused.
 */
export class Builder {
  readonly #waiting: Job[] = []
  /** Those that are to be built alone. */
  readonly #suspects: Job[] = []
  readonly #running = new Map<number, Job>()
  #process: BuilderProcess | undefined
  #isReady = false
  #looking: NodeJS.Timeout | undefined
  #starting: NodeJS.Timeout | undefined
  /** Builds begun in this process. */
  #served = 0
  #lastId = 0
  #starts = 0

  /** How many builds were begun, first tries only. */
  get builds(): number {
    return this.#lastId
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#starts
  }

  build(order: BuildOrder, file: string): Promise<Built> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const started = { startedAt: 0, startedCpu: 0, sharers: 1, isFirst: false, deaths: 0 }
      this.#waiting.push({ id, order, file, ...started, resolve, reject })
      this.#fill()
    })
  }

  /** Gives up what is not finished, and ends the process; the next build starts another. */
  close(): void {
    const given = [...this.#running.values(), ...this.#suspects, ...this.#waiting]
    this.#running.clear()
    this.#suspects.length = 0
    this.#waiting.length = 0
    this.#endProcess()
    for (const { reject, file } of given) reject(builderClosed(file))
  }

  #fill(): void {
    const hasWork = this.#suspects.length > 0 || this.#waiting.length > 0
    if (hasWork && !this.#process) this.#startProcess()
    if (!this.#isReady) return
    if (this.#suspects.length > 0) {
      if (this.#running.size === 0) this.#start(this.#suspects.shift() as Job)
      return
    }
    while (this.#running.size < WIDTH && this.#waiting.length > 0) {
      this.#start(this.#waiting.shift() as Job)
    }
  }

  #start(job: Job): void {
    job.startedAt = performance.now()
    job.startedCpu = this.#cpu()
    job.isFirst = this.#served++ === 0
    for (const other of this.#running.values()) other.sharers++
    this.#running.set(job.id, job)
    job.sharers = this.#running.size
    this.#process?.send({ id: job.id, order: job.order })
    this.#looking ??= setInterval(() => this.#look(), LOOK_INTERVAL)
  }

  #startProcess(): void {
    this.#starts++
    this.#served = 0
    try {
      this.#process = new BuilderProcess({
        ready: () => {
          clearTimeout(this.#starting)
          this.#isReady = true
          this.#fill()
        },
        answer: ({ id, answer }) => this.#take(id, answer),
        died: (why) => this.#died(why),
      })
      this.#starting = setTimeout(() => this.#died('its process does not start'), START_LIMIT)
    } catch (error) {
      this.#died(String(error))
    }
  }

  #endProcess(): void {
    clearTimeout(this.#starting)
    clearInterval(this.#looking)
    this.#looking = undefined
    this.#process?.end()
    this.#process = undefined
    this.#isReady = false
  }

  #take(id: number, answer: BuildAnswer): void {
    const job = this.#running.get(id)
    if (!job) return
    if (answer.kind === 'failed') {
      // esbuild's process is gone, or not what it was.
      this.#died(answer.why)
      return
    }
    this.#running.delete(id)
    this.#countAnew()
    if (answer.kind === 'built') job.resolve(answer)
    else job.reject(errorOf(job, answer))
    this.#fill()
  }

  /** From when it is the only one, all the time is its own. */
  #countAnew(): void {
    const [only, ...others] = this.#running.values()
    if (!only) {
      clearInterval(this.#looking)
      this.#looking = undefined
    } else if (others.length === 0) {
      only.startedAt = performance.now()
      only.startedCpu = this.#cpu()
      only.sharers = 1
    }
  }

  #cpu(): number | undefined {
    return this.#process?.usage()?.cpu
  }

  /**
   * A process that dies before it is ready would die again. Else it may have been anybody who has
   * killed it: a build is to blame when it was alone the second time.
   */
  #died(why: string): void {
    if (!this.#isReady) {
      const all = [...this.#suspects.splice(0), ...this.#waiting.splice(0)]
      this.#endProcess()
      for (const { reject, file } of all) reject(builderFailed(file, why))
      return
    }
    for (const job of this.#running.values()) job.deaths++
    this.#suspect((job) => (job.deaths > 1 ? builderFailed(job.file, why) : undefined))
  }

  #look(): void {
    const { cpu, memory } = this.#process?.usage() ?? { cpu: undefined, memory: 0 }
    const jobs = [...this.#running.values()]
    if (jobs.some(({ order }) => memory > order.limits.memory)) {
      this.#suspect((job) =>
        job.isFirst ? compileTookTooMuchMemory(job.file, job.order.limits.memory) : undefined,
      )
      return
    }
    const now = performance.now()
    const late = jobs.some(({ order: { limits }, startedAt, startedCpu, sharers }) => {
      const used = cpu === undefined || startedCpu === undefined ? 0 : cpu - startedCpu
      return used > limits.compile * sharers || now - startedAt > limits.compile * PATIENCE
    })
    if (late) this.#suspect((job) => compileTookTooLong(job.file, job.order.limits.compile))
  }

  /** Ends the process. Of several builds none is to blame yet; of one, it may be, or comes next. */
  #suspect(blame: (job: Job) => BundleError | undefined): void {
    const jobs = [...this.#running.values()]
    this.#running.clear()
    this.#endProcess()
    const [only] = jobs
    const error = jobs.length === 1 && only ? blame(only) : undefined
    if (error) only?.reject(error)
    else this.#suspects.unshift(...jobs)
    this.#fill()
  }
}

function errorOf({ file, order }: Job, answer: Exclude<BuildAnswer, Built>): BundleError {
  switch (answer.kind) {
    case 'broken':
      return scriptBroken(answer.diagnostics, answer.more)
    case 'not-found':
      return scriptNotFound(file, answer.why)
    case 'too-large':
      return scriptTooLarge(file, answer.bytes, order.limits.scriptSize)
    case 'failed':
      return builderFailed(file, answer.why)
  }
}
