import { constants, setPriority } from 'node:os'
import { describeSystemError } from '../../base/system-error.ts'
import { errorLog, useErrorLog } from '../../storage/log/error-log.ts'
import { createLogFiles, flushLogFiles, reopenLogFiles } from '../../storage/log/log-file.ts'
import { tidyZones } from '../../storage/zone/open-zones.ts'
import { inheritSocket } from '../listen/listener.ts'
import type { Plan } from '../phase/plan.ts'
import { becomeAccount, findAccount, isRoot } from './account.ts'
import { SharedCounters, shareCounters } from './counters.ts'
import { watchFaults } from './faults.ts'
import { endHeapProfile, profileHeap } from './heap-profile.ts'
import { type Message, readMessage, type Start } from './messages.ts'
import { type Compile, reasonsOf } from './program.ts'
import { Service } from './service.ts'
import { type Signal, takeSignals } from './signals.ts'
import { openStandings } from './standings.ts'

/** Exit code of a worker that could not start (nginx's "fatal" code). */
const FATAL = 2
/** How long a worker whose code has thrown where nobody catches may still answer. */
const LAST_WORDS = 1000

/** Runs this process as a worker of the master that spawned it. */
export function runWorker(compile: Compile): void {
  process.title = 'gateway: worker process'
  new Worker(compile)
}

class Worker {
  readonly #compile: Compile
  #plan: Plan | undefined
  #service: Service | undefined
  #quitting = false

  constructor(compile: Compile) {
    this.#compile = compile
    takeSignals((signal) => this.#onSignal(signal))
    process.on('message', (value) => this.#onMessage(readMessage(value)))
    // The master is gone: nobody will ever tell this worker to leave.
    process.once('disconnect', () => this.#quit())
    if (!process.connected) this.#quit()
    watchFaults(() => this.#leaveUnwell())
  }

  #onMessage(message: Message | undefined): void {
    if (message?.type === 'start') {
      this.#start(message).catch((error: unknown) => this.#fail(error))
    } else if (message?.type === 'quit') this.#quit()
    else if (message?.type === 'reopen') reopenLogFiles()
    else if (message?.type === 'tidy') tidyZones()
    else if (message?.type === 'profile') void profileHeap()
  }

  #onSignal(signal: Signal): void {
    switch (signal) {
      case 'SIGQUIT':
        this.#quit()
        break
      case 'SIGTERM':
      case 'SIGINT':
        this.#exit(0)
        break
      case 'SIGUSR1':
        reopenLogFiles()
        break
      case 'SIGURG':
        void profileHeap()
        break
      case 'SIGHUP':
      case 'SIGUSR2':
      case 'SIGWINCH':
        // Meant for the master; a terminal sends them to every process.
        break
    }
  }

  async #start(start: Start): Promise<void> {
    const plan = await this.#compile(start.configuration)
    if (this.#quitting) return
    this.#plan = plan
    useErrorLog(plan.main.error_log)
    // Before the rights are gone that opening them may need.
    createLogFiles()
    takeRank(plan)
    const shared = start.counters && new SharedCounters(start.counters.fd, start.counters.row)
    shareCounters(shared)
    const standings =
      start.workers > 1 && start.counters ? openStandings(start.counters.row) : undefined
    const service = new Service(plan, standings, () => shared?.publish())
    await service.open()
    if (this.#quitting) return
    this.#service = service
    service.listen(({ plan: { listen } }) => {
      const handed = start.descriptors.filter(({ key }) => key === listen.key)
      if (handed.length === 0) throw new Error(`no socket for ${listen.key} was handed down`)
      return handed.map(({ fd }) => inheritSocket(listen, fd))
    })
    say({ type: 'ready' })
  }

  #fail(error: unknown): void {
    const reasons = reasonsOf(error)
    say({ type: 'failed', reasons }, () => this.#exit(FATAL))
    // Without a channel nobody would ever call back.
    if (!process.connected) this.#exit(FATAL)
  }

  #quit(): void {
    if (this.#quitting) return
    this.#quitting = true
    errorLog.write('notice', 'gracefully shutting down')
    this.#leave(this.#plan?.main.worker_shutdown_timeout ?? 0, 0)
  }

  /** After an exception nobody caught: it answers what it can and goes. */
  #leaveUnwell(): void {
    if (this.#quitting) this.#exit(1)
    this.#quitting = true
    this.#leave(LAST_WORDS, 1)
  }

  #leave(patience: number, code: number): void {
    if (this.#service) this.#service.drain(patience, () => this.#exit(code))
    else this.#exit(code)
  }

  #exit(code: number): void {
    endHeapProfile()
    errorLog.write('notice', 'exit')
    flushLogFiles()
    process.exit(code)
  }
}

/** Scheduling priority, then user and group: both need rights that are given up here. */
function takeRank({ main }: Plan): void {
  if (main.worker_priority !== 0) {
    try {
      setPriority(Math.min(main.worker_priority, constants.priority.PRIORITY_LOW))
    } catch (error) {
      errorLog.write(
        'alert',
        `setpriority(${main.worker_priority}) failed ${describeSystemError(error)}`,
      )
    }
  }
  if (main.user && isRoot()) becomeAccount(findAccount(main.user.user, main.user.group))
}

function say(message: Message, sent?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => sent?.())
}
