import { errorLog } from '../../storage/log/error-log.ts'
import { Backoff } from './backoff.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Where workers grow too large within a minute, each next one has to wait longer, up to a minute. */
const FIRST = 1000
const LONGEST = 60_000
const MEGABYTE = 2 ** 20

/**
 * The replacement of a worker that is over `worker_memory_limit`: its successor accepts before it
 * leaves. There is one at a time, from the start of the successor until the old one has gone, so
 * that no more than one worker is there twice.
 */
export class Relief {
  readonly #backoff = new Backoff(FIRST, LONGEST)
  #notBefore = 0
  #old: WorkerProcess | undefined
  /** Until it accepts. */
  #successor: WorkerProcess | undefined

  /** Whether a worker that uses `memory` bytes is replaced now. */
  grants(worker: WorkerProcess, memory: number): boolean {
    const now = performance.now()
    if (this.#old || now < this.#notBefore) return false
    const served = now - worker.readyAt
    if (served >= LONGEST) this.#backoff.reset()
    const wait = this.#backoff.next()
    this.#notBefore = now + wait
    const much = `worker process ${worker.pid} uses ${Math.ceil(memory / MEGABYTE)}m of memory`
    const soon = `, ${Math.floor(served / 1000)} s after its start; the next waits for ${wait / 1000} s`
    errorLog.write(
      'warn',
      `${much}, over worker_memory_limit: it is replaced${served < LONGEST ? soon : ''}`,
    )
    return true
  }

  begin(old: WorkerProcess, successor: WorkerProcess): void {
    this.#old = old
    this.#successor = successor
  }

  /** `worker` accepts: the one that leaves for it, if it is a successor. */
  onReady(worker: WorkerProcess): WorkerProcess | undefined {
    if (worker !== this.#successor) return undefined
    this.#successor = undefined
    return this.#old
  }

  /** `worker` has ended: who inherits its place early, if it was to be replaced. */
  onExit(worker: WorkerProcess): WorkerProcess | undefined {
    const heir = worker === this.#old ? this.#successor : undefined
    if (worker === this.#old || worker === this.#successor) {
      this.#old = undefined
      this.#successor = undefined
    }
    return heir
  }
}
