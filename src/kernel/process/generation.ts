import { availableParallelism, constants } from 'node:os'
import { errorLog } from '../log/error-log.ts'
import { affinityMask, setAffinity } from './affinity.ts'
import { Backoff } from './backoff.ts'
import type { SharedCounters } from './counters.ts'
import { workerEnvironment } from './environment.ts'
import { type Prepared, StartError } from './program.ts'
import type { SocketChange } from './sockets.ts'
import { type WorkerExit, type WorkerObserver, WorkerProcess } from './worker-process.ts'

/** A worker that has not begun to accept by then is given up, in milliseconds. */
const START_TIMEOUT = 60_000
/** A worker whose start is taken back has this long to hear of it, in milliseconds. */
const TAKE_BACK_TIMEOUT = 5000

/** What generations share: the master's own things. */
export interface Household {
  readonly entry: string
  readonly counters: SharedCounters | undefined
  /** Rows of the shared counters that are taken. */
  readonly rows: Set<number>
  /** A worker has ended, of whatever generation. */
  onWorkerGone(): void
}

/**
 * One configuration and the workers that serve it. Workers that die are replaced by workers of
 * the same configuration, whatever its files hold by then.
 */
export class Generation implements WorkerObserver {
  readonly #prepared: Prepared
  readonly #sockets: SocketChange['sockets']
  readonly #household: Household
  readonly #workers = new Map<WorkerProcess, number>()
  readonly #backoff = new Backoff()
  readonly #respawns = new Set<NodeJS.Timeout>()
  #state: 'starting' | 'serving' | 'leaving' = 'starting'
  #settle: ((reasons: readonly string[]) => void) | undefined

  constructor(prepared: Prepared, sockets: SocketChange['sockets'], household: Household) {
    this.#prepared = prepared
    this.#sockets = sockets
    this.#household = household
  }

  get plan(): Prepared['plan'] {
    return this.#prepared.plan
  }

  get workers(): Iterable<WorkerProcess> {
    return this.#workers.keys()
  }

  /** Whether no worker is alive, nor any to come. */
  get isGone(): boolean {
    return this.#workers.size === 0 && this.#respawns.size === 0
  }

  /** Starts all workers; settles when all accept connections. Throws `StartError` otherwise. */
  async start(): Promise<void> {
    const reasons = await new Promise<readonly string[]>((resolve) => {
      this.#settle = (given) => {
        this.#settle = undefined
        resolve(given)
      }
      for (let index = 0; index < this.#size; index++) this.#spawn(index)
    })
    if (reasons.length > 0) throw new StartError(reasons)
    this.#state = 'serving'
  }

  /**
   * Takes a start back that failed, while an earlier generation serves. Workers that accept already
   * may hold requests: they finish them. Those that do not even start are killed.
   */
  takeBack(): void {
    const workers = [...this.#workers.keys()]
    this.drain()
    const timer = setTimeout(() => {
      for (const worker of workers) if (!worker.accepted) worker.kill('SIGKILL')
    }, TAKE_BACK_TIMEOUT)
    timer.unref()
  }

  /** Tells the workers to finish their requests and exit. */
  drain(): void {
    this.#leave()
    for (const worker of this.#workers.keys()) worker.quit()
  }

  /** Ends the workers now. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#leave()
    for (const worker of this.#workers.keys()) worker.kill(signal)
  }

  reopenLogs(): void {
    for (const worker of this.#workers.keys()) worker.reopenLogs()
  }

  onReady(): void {
    this.#backoff.reset()
    const all = [...this.#workers.keys()]
    if (all.length === this.#size && all.every(({ state }) => state === 'serving'))
      this.#settle?.([])
  }

  onFailed(worker: WorkerProcess, reasons: readonly string[]): void {
    if (this.#settle) {
      this.#settle(reasons)
      return
    }
    for (const reason of reasons) errorLog.write('emerg', `worker process ${worker.pid}: ${reason}`)
  }

  onExit(worker: WorkerProcess, exit: WorkerExit): void {
    const index = this.#workers.get(worker) ?? 0
    this.#workers.delete(worker)
    if (worker.row !== undefined) this.#freeRow(worker.row)
    logExit(worker, exit)
    if (this.#settle) this.#settle([`worker process ${worker.pid} ended while it was starting`])
    else if (this.#state === 'serving') {
      if (exit.before === 'starting') this.#spawnLater(index)
      else this.#spawn(index)
    }
    this.#household.onWorkerGone()
  }

  get #size(): number {
    const { worker_processes: count } = this.plan.main
    return count === 'auto' ? availableParallelism() : count
  }

  #leave(): void {
    this.#state = 'leaving'
    for (const timer of this.#respawns) clearTimeout(timer)
    this.#respawns.clear()
  }

  #spawn(index: number): void {
    const { main } = this.plan
    const { entry, counters } = this.#household
    const worker = new WorkerProcess(
      {
        entry,
        environment: workerEnvironment(main.env),
        configuration: this.#prepared.configuration,
        workers: this.#size,
        sockets: this.#sockets,
        counters: counters && { fd: counters.fd, row: this.#takeRow() },
      },
      this,
    )
    this.#workers.set(worker, index)
    if (worker.pid === 0) return
    errorLog.write('notice', `start worker process ${worker.pid}`)
    this.#watchStart(worker)
    const mask = affinityMask(main.worker_cpu_affinity, index)
    if (mask !== undefined) setAffinity(worker.pid, mask)
  }

  #watchStart(worker: WorkerProcess): void {
    const timer = setTimeout(() => {
      if (worker.state !== 'starting') return
      errorLog.write('alert', `worker process ${worker.pid} does not start, it is killed`)
      worker.kill('SIGKILL')
    }, START_TIMEOUT)
    timer.unref()
  }

  #spawnLater(index: number): void {
    const timer = setTimeout(() => {
      this.#respawns.delete(timer)
      this.#spawn(index)
    }, this.#backoff.next())
    this.#respawns.add(timer)
  }

  /** Row 0 keeps what workers have counted that are gone. */
  #takeRow(): number {
    const { rows } = this.#household
    let row = 1
    while (rows.has(row)) row++
    rows.add(row)
    return row
  }

  #freeRow(row: number): void {
    this.#household.counters?.retire(row)
    this.#household.rows.delete(row)
  }
}

function logExit({ pid }: WorkerProcess, { code, signal, expected, error }: WorkerExit): void {
  if (error) errorLog.write('alert', `fork() of a worker failed: ${error.message}`)
  else if (signal === null)
    errorLog.write('notice', `worker process ${pid} exited with code ${code}`)
  else {
    const text = `worker process ${pid} exited on signal ${constants.signals[signal]}`
    errorLog.write(expected ? 'notice' : 'alert', text)
  }
}
