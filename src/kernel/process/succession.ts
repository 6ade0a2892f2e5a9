import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { errorLog } from '../../storage/log/error-log.ts'
import type { BoundSocket } from '../listen/bound-socket.ts'
import { type AgainEnd, startAgain } from './again.ts'
import type { PidFile } from './pid-file.ts'
import { reasonsOf } from './program.ts'

/** The process number of the master that has started this one to succeed it. */
const PREDECESSOR = 'GATEWAY_PREDECESSOR'

/** In nginx's words. */
const REFUSED =
  'the changing binary signal is ignored: you should shutdown or terminate ' +
  "before either old or new binary's process"

/** The master before this one and the one after it, while they serve the same sockets. */
export class Succession {
  readonly #predecessor = takePredecessor()
  #successor: ChildProcess | undefined

  /** Whether the master that has started this one is still there: this one may have to go back. */
  get hasPredecessor(): boolean {
    // Whoever adopts this process has another number.
    return this.#predecessor !== undefined && process.ppid === this.#predecessor
  }

  /** The process number of the master this one has started. */
  get successor(): number | undefined {
    return this.#successor?.pid
  }

  /**
   * Starts the program that is now where this one was started from, and leaves the pid file to it
   * until it is gone. Refused while there is one already, or this is one.
   */
  begin(pidFile: PidFile, sockets: readonly BoundSocket[], onGone: () => void): void {
    if (this.#successor || this.hasPredecessor) errorLog.write('crit', REFUSED)
    else if (succeeds(() => pidFile.stepAside())) {
      this.#start(sockets, () => {
        succeeds(() => pidFile.stepBack())
        onGone()
      })
    }
  }

  #start(sockets: readonly BoundSocket[], onGone: () => void): void {
    const env = { [PREDECESSOR]: String(process.pid) }
    this.#successor = startAgain(
      { role: 'successor', sockets, env },
      {
        onReady: () => errorLog.write('notice', `new binary process ${this.successor} serves`),
        onEnd: (end) => {
          logEnd(this.successor, end)
          this.#successor = undefined
          onGone()
        },
      },
    )
    if (this.successor !== undefined) {
      errorLog.write('notice', `start new binary process ${this.successor}`)
    }
  }
}

/** Whether it did not throw; told otherwise. */
function succeeds(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    for (const reason of reasonsOf(error)) errorLog.write('alert', reason)
    return false
  }
}

function takePredecessor(): number | undefined {
  const text = process.env[PREDECESSOR] ?? ''
  delete process.env[PREDECESSOR]
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function logEnd(pid: number | undefined, { code, signal, reasons }: AgainEnd): void {
  for (const reason of reasons) errorLog.write('emerg', reason)
  if (pid === undefined) errorLog.write('alert', 'fork() of a new binary process failed')
  else if (signal !== null) {
    const number = constants.signals[signal]
    errorLog.write('alert', `new binary process ${pid} exited on signal ${number}`)
  } else if (code === 0) errorLog.write('notice', `new binary process ${pid} exited with code 0`)
  else errorLog.write('error', `new binary process ${pid} exited with code ${code}`)
}
