import { spawn } from 'node:child_process'
import { codeOf } from '../../base/system-error.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import type { Succession } from './succession.ts'

/** What speaks the protocol: Node has no unix datagram sockets. */
const COMMAND = 'systemd-notify'
/** The command itself waits up to five seconds for the manager; then it is ended, in ms. */
const PATIENCE = 6000
/** Of what the command says when it fails. */
const MOST_TEXT = 200

/**
 * The service manager that has started this process, told of its state as sd_notify(3) says, where
 * there is one (`NOTIFY_SOCKET`). It hears of one master: the first, until that has gone.
 */
export class ServiceManager {
  readonly #present = (process.env.NOTIFY_SOCKET ?? '') !== ''
  readonly #succession: Succession
  #last = Promise.resolve()
  #missing = false
  #leaving = false

  constructor(succession: Succession) {
    this.#succession = succession
  }

  /** This process serves: it has started, or a reload is over, whatever came of it. */
  ready(): void {
    this.#tell('READY=1', `MAINPID=${process.pid}`)
  }

  /** A configuration is being taken up. */
  reloading(): void {
    const now = process.hrtime.bigint() / 1000n
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${now}`)
  }

  /** This process is about to end. */
  leaving(): void {
    const { successor } = this.#succession
    this.#tell(successor === undefined ? 'STOPPING=1' : `MAINPID=${successor}`)
    this.#leaving = true
  }

  /** Calls back once all was told: at once, where nobody wants to know. */
  whenTold(done: () => void): void {
    if (this.#present) void this.#last.then(done)
    else done()
  }

  /** One message after another: their order is what they mean. */
  #tell(...lines: readonly string[]): void {
    if (!this.#present || this.#leaving || this.#succession.hasPredecessor) return
    this.#last = this.#last.then(() => this.#send(lines))
  }

  #send(lines: readonly string[]): Promise<void> {
    if (this.#missing) return Promise.resolve()
    return new Promise((resolve) => {
      const child = spawn(COMMAND, lines, {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: PATIENCE,
        killSignal: 'SIGKILL',
      })
      let said = ''
      child.stderr.on('data', (text) => {
        said = `${said}${text}`.slice(0, MOST_TEXT)
      })
      child.once('error', (error) => {
        this.#missing = codeOf(error) === 'ENOENT'
        warn(this.#missing ? 'it is not installed' : error.message)
        resolve()
      })
      child.once('close', (code, signal) => {
        if (code !== 0) warn(said.trim() || `it ended with ${signal ?? `code ${code}`}`)
        resolve()
      })
    })
  }
}

function warn(fault: string): void {
  errorLog.write('warn', `the service manager is not told of this: ${COMMAND}: ${fault}`)
}
