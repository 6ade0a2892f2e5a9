import { codeOf, describeSystemError } from '../base/system-error.ts'
import { readPid } from '../kernel/process/pid-file.ts'
import type { SignalName } from './options.ts'

const SIGNAL: Readonly<Record<SignalName, NodeJS.Signals>> = {
  stop: 'SIGTERM',
  quit: 'SIGQUIT',
  reload: 'SIGHUP',
  reopen: 'SIGUSR1',
  // Ignored where it is not expected, and sent by nobody else.
  heap: 'SIGURG',
}

/** `-s`: signals the gateway that wrote the pid file. Throws what is wrong in one sentence. */
export function signalRunning(name: SignalName, pidPath: string): void {
  let pid: number | undefined
  try {
    pid = readPid(pidPath)
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new Error(`not running: there is no pid file "${pidPath}"`)
    throw new Error(`open() "${pidPath}" failed ${describeSystemError(error)}`)
  }
  if (pid === undefined) throw new Error(`invalid pid file "${pidPath}": it holds no number`)
  try {
    process.kill(pid, SIGNAL[name])
  } catch (error) {
    if (codeOf(error) === 'ESRCH') {
      throw new Error(`not running: pid file "${pidPath}" names process ${pid}, which is gone`)
    }
    throw new Error(`kill(${pid}, ${SIGNAL[name]}) failed ${describeSystemError(error)}`)
  }
}
