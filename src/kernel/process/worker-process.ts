import { type ChildProcess, spawn } from 'node:child_process'
import { CLOCK_ZERO, clockZero } from '../../base/clock.ts'
import { ZONES, zoneDirectory } from '../../storage/zone/zone-directory.ts'
import { ROLE } from './environment.ts'
import { type Descriptor, type Message, readMessage, type Start } from './messages.ts'
import { Pulse } from './pulse.ts'

/** What a worker process is started with. */
export interface WorkerSpawn extends Pick<Start, 'configuration' | 'workers'> {
  /** The program's file. */
  readonly entry: string
  readonly environment: NodeJS.ProcessEnv
  /** The sockets to hand down, each as often as the worker is to accept with it. */
  readonly sockets: readonly Descriptor[]
  readonly counters: { readonly fd: number; readonly row: number } | undefined
}

export type WorkerState = 'starting' | 'serving' | 'leaving' | 'gone'

/** How a worker process ended. */
export interface WorkerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Its state before. */
  readonly before: WorkerState
  /** Whether the signal was the master's own. */
  readonly expected: boolean
  /** Set when the system could not even start it. */
  readonly error: Error | undefined
}

/** Who is told of a worker process. */
export interface WorkerObserver {
  /** It accepts connections. At most once. */
  onReady(worker: WorkerProcess): void
  /** It cannot start, and will exit. */
  onFailed(worker: WorkerProcess, reasons: readonly string[]): void
  /** Exactly once. */
  onExit(worker: WorkerProcess, exit: WorkerExit): void
}

/** Descriptors 0 to 2 are the standard ones, 3 is the channel to the master. */
const FIRST_INHERITED = 4

/** A worker, as its master sees it. */
export class WorkerProcess {
  /** Its row in the shared counters. */
  readonly row: number | undefined
  readonly pulse = new Pulse()
  /** When it began to accept connections, as `performance.now()` tells. */
  readyAt = 0
  readonly #child: ChildProcess
  readonly #observer: WorkerObserver
  readonly #sent = new Set<NodeJS.Signals>()
  #state: WorkerState = 'starting'
  #accepted = false

  constructor(options: WorkerSpawn, observer: WorkerObserver) {
    this.row = options.counters?.row
    this.#observer = observer
    this.#child = spawnWorker(options)
    this.#child.on('message', (value) => this.#onMessage(readMessage(value)))
    this.#child.on('exit', (code, signal) => this.#onExit(code, signal, undefined))
    this.#child.on('error', (error) => {
      // Otherwise: a message to a worker that has just gone; its exit is reported on its own.
      if (this.#child.pid === undefined) this.#onExit(null, null, error)
    })
    this.#send(startMessage(options))
  }

  /** 0 when the system could not start it. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  get state(): WorkerState {
    return this.#state
  }

  /** Whether it was told to end by what no process can refuse. */
  get killed(): boolean {
    return this.#sent.has('SIGKILL')
  }

  /** Whether it has ever accepted connections. */
  get accepted(): boolean {
    return this.#accepted
  }

  /** Tells it to finish its requests and exit. */
  quit(): void {
    if (this.#state === 'gone') return
    this.#state = 'leaving'
    this.#send({ type: 'quit' })
  }

  reopenLogs(): void {
    this.#send({ type: 'reopen' })
  }

  tidyZones(): void {
    this.#send({ type: 'tidy' })
  }

  profileHeap(): void {
    this.#send({ type: 'profile' })
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#state === 'gone') return
    this.#state = 'leaving'
    this.#sent.add(signal)
    this.#child.kill(signal)
  }

  #onMessage(message: Message | undefined): void {
    if (message?.type === 'failed') this.#observer.onFailed(this, message.reasons)
    else if (message?.type === 'ready') {
      this.#accepted = true
      this.readyAt = performance.now()
      // It may have been told to leave meanwhile.
      if (this.#state !== 'starting') return
      this.#state = 'serving'
      this.#observer.onReady(this)
    }
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null, error: Error | undefined): void {
    if (this.#state === 'gone') return
    const before = this.#state
    this.#state = 'gone'
    const expected = signal !== null && this.#sent.has(signal)
    this.#observer.onExit(this, { code, signal, before, expected, error })
  }

  #send(message: Message): void {
    // The callback takes the error of a channel that closes just now.
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}

function spawnWorker({ entry, environment, sockets, counters }: WorkerSpawn): ChildProcess {
  const inherited = [...(counters ? [counters.fd] : []), ...sockets.map(({ fd }) => fd)]
  return spawn(process.execPath, [...process.execArgv, entry], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...inherited],
    env: {
      ...environment,
      [ROLE]: 'worker',
      [ZONES]: zoneDirectory(),
      [CLOCK_ZERO]: `${clockZero}`,
    },
  })
}

function startMessage({ configuration, workers, sockets, counters }: WorkerSpawn): Start {
  let fd = FIRST_INHERITED
  const rows = counters && { counters: { fd: fd++, row: counters.row } }
  const descriptors = sockets.map(({ key }) => ({ key, fd: fd++ }))
  return { type: 'start', configuration, workers, descriptors, ...rows }
}
