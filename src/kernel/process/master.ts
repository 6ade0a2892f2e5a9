import { resolve } from 'node:path'
import { isatty } from 'node:tty'
import type { FileOwner } from '../../storage/log/appending-file.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import { closeOldLogFiles, flushLogFiles, reopenLogFiles } from '../../storage/log/log-file.ts'
import { createZoneDirectory, zoneDirectory } from '../../storage/zone/zone-directory.ts'
import type { Plan } from '../phase/plan.ts'
import { findAccount, isRoot } from './account.ts'
import { SharedCounters } from './counters.ts'
import { watchFaults } from './faults.ts'
import { Generation, type Household } from './generation.ts'
import { movePidFile, type PidFile } from './pid-file.ts'
import { type Prepared, type Program, reasonsOf } from './program.ts'
import { LOOK_EVERY } from './pulse.ts'
import { ServiceManager } from './service-manager.ts'
import { type Signal, takeSignals } from './signals.ts'
import { Sockets, workersOf } from './sockets.ts'
import { Succession } from './succession.ts'
import { createFiles, readAgain } from './take-up.ts'
import { Turns } from './turns.ts'

/** Workers told to end at once are killed after this long, in milliseconds. */
const STOP_PATIENCE = 1000

/** What a master does one after another: each may start workers. */
type Task = 'reload' | 'upgrade' | 'return'

/**
 * The process that reads the configuration, holds the listening sockets, and keeps workers
 * running. It never touches a request.
 */
export class Master {
  readonly #program: Program
  readonly #succession = new Succession()
  readonly #manager = new ServiceManager(this.#succession)
  readonly #sockets = new Sockets(this.#succession)
  readonly #household: Household
  /** Every one that has workers, or will. */
  readonly #generations = new Set<Generation>()
  /** Of the configuration that is served, even if its workers have left. */
  #current: Generation | undefined
  #pidFile: PidFile | undefined
  #owner: FileOwner | undefined
  #leaving = false
  readonly #turns = new Turns<Task>((task) => this.#do(task))

  constructor(program: Program) {
    this.#program = program
    this.#household = {
      entry: program.entry,
      counters: SharedCounters.create(),
      rows: new Set(),
      onWorkerGone: () => this.#onWorkerGone(),
    }
  }

  /** Settles when every worker accepts connections. Throws `StartError`; nothing is left then. */
  async start(prepared: Prepared): Promise<void> {
    process.title = 'gateway: master process'
    // It also keeps a master alive that has no worker (after WINCH).
    setInterval(() => this.#look(), LOOK_EVERY)
    takeSignals((signal) => this.#onSignal(signal))
    watchFaults(() => process.exit(1))
    try {
      await this.#turns.take(() => this.#serve(prepared))
      this.#manager.ready()
    } catch (error) {
      // Told to end before all workers were there: no failure, and the end is under way.
      if (this.#leaving) return this.#gone()
      this.#sockets.closeAll()
      throw error
    }
  }

  /** Never settles: the process ends with its last worker. */
  #gone(): Promise<never> {
    this.#onWorkerGone()
    return new Promise(() => {})
  }

  /** Makes `prepared` what is served; if that fails, everything stays as it is. */
  async #serve(prepared: Prepared): Promise<void> {
    const { plan } = prepared
    const owner = ownerOf(plan)
    // Once for the life of this process: what the workers know outlives a reload.
    if (zoneDirectory() === undefined) createZoneDirectory(owner)
    const change = await this.#sockets.change(plan, workersOf(plan))
    const generation = new Generation(prepared, change.socketsOf, this.#household)
    const earlier = [...this.#generations]
    this.#generations.add(generation)
    const logBefore = errorLog.targets
    try {
      createFiles(plan, owner, change.warnings)
      await generation.start()
      this.#pidFile = movePidFile(this.#pidFile, resolve(this.#program.prefix, plan.main.pid))
    } catch (error) {
      change.rollback()
      if (earlier.length > 0) generation.takeBack()
      else generation.stop('SIGKILL')
      errorLog.use(logBefore)
      throw error
    }
    change.commit()
    this.#current = generation
    this.#owner = owner
    closeOldLogFiles()
    for (const each of earlier) each.drain()
  }

  #onSignal(signal: Signal): void {
    errorLog.write('notice', `signal ${signal} received${MEANING[signal]}`)
    switch (signal) {
      case 'SIGHUP':
        this.#turns.ask('reload')
        break
      case 'SIGQUIT':
        this.#quit()
        break
      case 'SIGTERM':
      case 'SIGINT':
        this.#stop()
        break
      case 'SIGUSR1':
        reopenLogFiles(this.#owner)
        for (const each of this.#generations) each.reopenLogs()
        break
      case 'SIGURG':
        for (const each of this.#generations) each.profileHeap()
        break
      case 'SIGWINCH':
        // A terminal sends it whenever its window changes.
        if (!hasTerminal()) for (const each of this.#generations) each.drain()
        break
      case 'SIGUSR2':
        this.#turns.ask('upgrade')
        break
    }
  }

  #do(task: Task): Promise<void> | void {
    if (this.#leaving) return
    switch (task) {
      case 'reload':
        return this.#reload()
      case 'upgrade':
        return this.#upgrade()
      case 'return':
        return this.#return()
    }
  }

  /** While a successor serves, nothing new is taken up: whoever sends HUP wants to go back. */
  async #reload(): Promise<void> {
    this.#manager.reloading()
    await (this.#succession.successor === undefined ? this.#takeUp() : this.#return())
    this.#manager.ready()
  }

  #upgrade(): void {
    const pidFile = this.#pidFile
    // Without one it does not serve yet.
    if (!pidFile) return
    this.#succession.begin(pidFile, this.#sockets.open, () => this.#turns.ask('return'))
  }

  /** Workers that were told to leave in favour of a successor's have others in their place. */
  async #return(): Promise<void> {
    if (!this.#current || this.#current.isServing) return
    const again = this.#current.again()
    this.#generations.add(again)
    try {
      await again.start()
      this.#current = again
    } catch (error) {
      if (this.#leaving) return
      for (const reason of reasonsOf(error)) errorLog.write('emerg', reason)
      again.takeBack()
    }
  }

  async #takeUp(): Promise<void> {
    try {
      const prepared = await readAgain(this.#program)
      if (!this.#leaving) await this.#serve(prepared)
    } catch (error) {
      if (this.#leaving) return
      for (const reason of reasonsOf(error)) errorLog.write('emerg', reason)
      errorLog.write('error', 'reload failed, the old configuration goes on being served')
    }
  }

  #look(): void {
    for (const each of this.#generations) each.look()
  }

  #quit(): void {
    this.#leaving = true
    this.#manager.leaving()
    this.#sockets.closeAll()
    for (const each of this.#generations) each.drain()
    this.#leaveWhenAlone()
  }

  #stop(): void {
    this.#leaving = true
    this.#manager.leaving()
    for (const each of this.#generations) each.stop('SIGTERM')
    setTimeout(() => {
      for (const each of this.#generations) each.stop('SIGKILL')
    }, STOP_PATIENCE)
    this.#leaveWhenAlone()
  }

  #onWorkerGone(): void {
    for (const each of this.#generations) {
      if (each.isGone) this.#generations.delete(each)
    }
    if (this.#leaving) this.#leaveWhenAlone()
    else this.#current?.tidyZones()
  }

  #leaveWhenAlone(): void {
    if (this.#generations.size > 0) return
    this.#manager.whenTold(() => {
      this.#pidFile?.remove()
      this.#sockets.closeAll()
      errorLog.write('notice', 'exit')
      flushLogFiles()
      process.exit(0)
    })
  }
}

const MEANING: Readonly<Record<Signal, string>> = {
  SIGHUP: ', reconfiguring',
  SIGQUIT: ', shutting down',
  SIGTERM: ', exiting',
  SIGINT: ', exiting',
  SIGUSR1: ', reopening logs',
  SIGUSR2: ', changing binary',
  SIGURG: ', taking heap profiles',
  SIGWINCH: ', stopping workers',
}

function ownerOf({ main }: Plan): FileOwner | undefined {
  return main.user && isRoot() ? findAccount(main.user.user, main.user.group) : undefined
}

function hasTerminal(): boolean {
  return [0, 1, 2].some((fd) => isatty(fd))
}
