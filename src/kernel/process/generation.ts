import { constants } from 'node:os'
import { errorLog } from '../../storage/log/error-log.ts'
import { affinityMask, setAffinity } from './affinity.ts'
import { Backoff } from './backoff.ts'
import type { SharedCounters } from './counters.ts'
import { workerEnvironment } from './environment.ts'
import type { Descriptor } from './messages.ts'
import { type Prepared, StartError } from './program.ts'
import { Relief } from './relief.ts'
import { type SocketChange, workersOf } from './sockets.ts'
import { type WorkerExit, type WorkerObserver, WorkerProcess } from './worker-process.ts'

/** A worker that has not begun to accept by then is given up, in milliseconds. */
const START_TIMEOUT = 60_000
/** A worker whose start is taken back has this long to hear of it, in milliseconds. */
const TAKE_BACK_TIMEOUT = 5000
/** Starts that fail are tried again after 100 ms, 200 ms, up to 10 s. */
const FIRST_RESPAWN = 100
const LONGEST_RESPAWN = 10_000
/** How many connections a worker accepts at a time with `multi_accept`. */
const ACCEPTED_AT_ONCE = 16

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
  readonly #socketsOf: SocketChange['socketsOf']
  readonly #household: Household
  /** With the place of each; a worker whose place another one has taken has none. */
  readonly #workers = new Map<WorkerProcess, number | undefined>()
  readonly #relief = new Relief()
  readonly #backoff = new Backoff(FIRST_RESPAWN, LONGEST_RESPAWN)
  readonly #respawns = new Set<NodeJS.Timeout>()
  #state: 'starting' | 'serving' | 'leaving' = 'starting'
  #settle: ((reasons: readonly string[]) => void) | undefined

  constructor(prepared: Prepared, socketsOf: SocketChange['socketsOf'], household: Household) {
    this.#prepared = prepared
    this.#socketsOf = socketsOf
    this.#household = household
  }

  get plan(): Prepared['plan'] {
    return this.#prepared.plan
  }

  /** Whether its workers are there, or on their way again. */
  get isServing(): boolean {
    return this.#state === 'serving'
  }

  /** The same configuration on the same sockets, with workers to be started. */
  again(): Generation {
    return new Generation(this.#prepared, this.#socketsOf, this.#household)
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
      for (let place = 0; place < this.#size; place++) this.#add(place)
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

  /** Lets one of its workers give back what dead ones have left in zones. */
  tidyZones(): void {
    const [worker] = [...this.#workers.keys()].filter(({ state }) => state === 'serving')
    worker?.tidyZones()
  }

  profileHeap(): void {
    for (const worker of this.#workers.keys()) worker.profileHeap()
  }

  /** Called every `LOOK_EVERY` ms: workers that are stuck, or too large, are replaced. */
  look(): void {
    for (const worker of this.#workers.keys()) this.#lookAt(worker)
  }

  onReady(worker: WorkerProcess): void {
    this.#backoff.reset()
    const old = this.#relief.onReady(worker)
    if (old) {
      this.#workers.set(worker, this.#workers.get(old))
      this.#workers.set(old, undefined)
      old.quit()
    }
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
    const place = this.#workers.get(worker)
    this.#workers.delete(worker)
    const heir = this.#relief.onExit(worker)
    if (worker.row !== undefined) this.#freeRow(worker.row)
    logExit(worker, exit)
    if (this.#settle) this.#settle([`worker process ${worker.pid} ended while it was starting`])
    else if (heir) this.#workers.set(heir, place)
    else if (this.#state === 'serving' && place !== undefined) {
      if (exit.before === 'starting') this.#spawnLater(place)
      else this.#add(place)
    }
    this.#household.onWorkerGone()
  }

  get #size(): number {
    return workersOf(this.plan)
  }

  #leave(): void {
    this.#state = 'leaving'
    for (const timer of this.#respawns) clearTimeout(timer)
    this.#respawns.clear()
  }

  #lookAt(worker: WorkerProcess): void {
    const { counters } = this.#household
    const { worker_stuck_timeout, worker_memory_limit } = this.plan.main
    const vitals = worker.row === undefined ? undefined : counters?.vitalsOf(worker.row)
    // Its heart beats before it accepts, which is what is waited for then.
    const silence = worker.pulse.look(worker.state === 'starting' ? 0 : (vitals?.beat ?? 0))
    if (worker.killed) return
    if (worker.state === 'starting') {
      if (silence < START_TIMEOUT) return
      errorLog.write('alert', `worker process ${worker.pid} does not start, it is killed`)
      worker.kill('SIGKILL')
    } else if (vitals && worker_stuck_timeout > 0 && silence >= worker_stuck_timeout) {
      const time = `for ${silence / 1000} s`
      errorLog.write('alert', `worker process ${worker.pid} is stuck ${time}, it is killed`)
      worker.kill('SIGKILL')
    } else if (vitals && worker_memory_limit > 0 && vitals.memory > worker_memory_limit) {
      this.#relieve(worker, vitals.memory)
    }
  }

  /** Starts the successor of a worker that is too large; it leaves once that accepts. */
  #relieve(worker: WorkerProcess, memory: number): void {
    if (this.#state !== 'serving' || worker.state !== 'serving') return
    if (!this.#relief.grants(worker, memory)) return
    const successor = this.#spawn(this.#workers.get(worker) ?? 0)
    this.#workers.set(successor, undefined)
    this.#relief.begin(worker, successor)
  }

  #add(place: number): void {
    this.#workers.set(this.#spawn(place), place)
  }

  #spawn(place: number): WorkerProcess {
    const { main } = this.plan
    const { entry } = this.#household
    const worker = new WorkerProcess(
      {
        entry,
        environment: workerEnvironment(main.env),
        configuration: this.#prepared.configuration,
        workers: this.#size,
        sockets: this.#descriptorsOf(place),
        counters: this.#claimRow(),
      },
      this,
    )
    if (worker.pid === 0) return worker
    errorLog.write('notice', `start worker process ${worker.pid}`)
    const mask = affinityMask(main.worker_cpu_affinity, place)
    if (mask !== undefined) setAffinity(worker.pid, mask)
    return worker
  }

  #descriptorsOf(place: number): Descriptor[] {
    const times = this.plan.events.multi_accept ? ACCEPTED_AT_ONCE : 1
    const sockets = [...this.#socketsOf(place)]
    return sockets.flatMap(({ key, fd }) => new Array<Descriptor>(times).fill({ key, fd }))
  }

  #spawnLater(place: number): void {
    const timer = setTimeout(() => {
      this.#respawns.delete(timer)
      this.#add(place)
    }, this.#backoff.next())
    this.#respawns.add(timer)
  }

  /** Row 0 keeps what workers have counted that are gone. */
  #claimRow(): { fd: number; row: number } | undefined {
    const { counters, rows } = this.#household
    let row = 1
    while (rows.has(row)) row++
    if (!counters?.claim(row)) return undefined
    rows.add(row)
    return { fd: counters.fd, row }
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
