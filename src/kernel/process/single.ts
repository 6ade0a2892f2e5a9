import { resolve } from 'node:path'
import { errorLog } from '../../storage/log/error-log.ts'
import { closeOldLogFiles, flushLogFiles, reopenLogFiles } from '../../storage/log/log-file.ts'
import type { ListenGroup } from '../listen/grouping.ts'
import { watchFaults } from './faults.ts'
import { endHeapProfile, profileHeap } from './heap-profile.ts'
import { movePidFile, type PidFile } from './pid-file.ts'
import { type Prepared, type Program, reasonsOf } from './program.ts'
import { Service } from './service.ts'
import { ServiceManager } from './service-manager.ts'
import { type Signal, takeSignals } from './signals.ts'
import { type SocketChange, Sockets } from './sockets.ts'
import { Succession } from './succession.ts'
import { createFiles, readAgain } from './take-up.ts'

/** `master_process off`: one process that is master and only worker at once, for debugging. */
export class SingleProcess {
  readonly #program: Program
  readonly #succession = new Succession()
  readonly #manager = new ServiceManager(this.#succession)
  readonly #sockets = new Sockets(this.#succession)
  #service: Service | undefined
  #pidFile: PidFile | undefined
  #patience = 0
  #reloading = false
  /** Services of earlier configurations whose clients have not finished. */
  #draining = 0

  constructor(program: Program) {
    this.#program = program
  }

  /** Settles when it accepts connections. Throws `StartError`. */
  async start(prepared: Prepared): Promise<void> {
    process.title = 'gateway: single process'
    takeSignals((signal) => this.#onSignal(signal))
    watchFaults(() => this.#exit(1))
    await this.#serve(prepared)
    this.#manager.ready()
  }

  async #serve({ plan }: Prepared): Promise<void> {
    const change = await this.#sockets.change(plan, 1)
    const service = new Service(plan, undefined, () => {})
    const logBefore = errorLog.targets
    try {
      createFiles(plan, undefined, change.warnings)
      await service.open()
      service.listen(socketIn(change), this.#service?.listeners)
      this.#pidFile = movePidFile(this.#pidFile, resolve(this.#program.prefix, plan.main.pid))
    } catch (error) {
      change.rollback()
      service.close()
      errorLog.use(logBefore)
      throw error
    }
    change.commit()
    closeOldLogFiles()
    this.#letGo()
    this.#service = service
    this.#patience = plan.main.worker_shutdown_timeout
  }

  /** The service of the configuration before: its listeners serve the new one already. */
  #letGo(): void {
    if (!this.#service) return
    this.#draining++
    this.#service.release(this.#patience, () => this.#draining--)
  }

  #onSignal(signal: Signal): void {
    errorLog.write('notice', `signal ${signal} received`)
    switch (signal) {
      case 'SIGHUP':
        void this.#reloadBySignal()
        break
      case 'SIGQUIT':
        this.#manager.leaving()
        if (this.#service) this.#service.drain(this.#patience, () => this.#exit())
        else this.#exit()
        break
      case 'SIGTERM':
      case 'SIGINT':
        this.#manager.leaving()
        this.#exit()
        break
      case 'SIGUSR1':
        reopenLogFiles()
        break
      case 'SIGURG':
        void profileHeap()
        break
      case 'SIGUSR2':
        errorLog.write('crit', 'only a master process changes the binary: the signal is ignored')
        break
      case 'SIGWINCH':
        break
    }
  }

  async #reloadBySignal(): Promise<void> {
    for (const reason of await this.reload()) errorLog.write('emerg', reason)
  }

  /** Serves what the configuration says now; why it does not, where that is so. */
  async reload(): Promise<readonly string[]> {
    if (this.#reloading) return []
    this.#reloading = true
    this.#manager.reloading()
    let reasons: readonly string[] = []
    try {
      await this.#serve(await readAgain(this.#program))
    } catch (error) {
      reasons = reasonsOf(error)
    }
    this.#manager.ready()
    this.#reloading = false
    return reasons
  }

  #exit(code = 0): void {
    endHeapProfile()
    this.#manager.whenTold(() => {
      this.#pidFile?.remove()
      this.#sockets.closeAll()
      errorLog.write('notice', 'exit')
      flushLogFiles()
      process.exit(code)
    })
  }
}

function socketIn({ socketsOf }: SocketChange) {
  const sockets = socketsOf(0)
  return ({ plan }: ListenGroup) => {
    const socket = sockets.find(({ key }) => key === plan.listen.key)
    if (!socket) throw new Error(`no socket for ${plan.listen.key}`)
    return [socket.handle]
  }
}
