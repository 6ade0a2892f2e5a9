import { errorLog } from '../../storage/log/error-log.ts'

/**
 * Logs what is thrown where nobody catches. After an exception the state of this process cannot
 * be trusted any more, and `leave` is called; a rejection concerns only whoever forgot about it.
 */
export function watchFaults(leave: () => void): void {
  process.on('unhandledRejection', (reason) => {
    errorLog.write('error', `unhandled rejection: ${stackOf(reason)}`)
  })
  process.on('uncaughtException', (error) => {
    errorLog.write('alert', `uncaught exception, ${process.title} exits: ${stackOf(error)}`)
    leave()
  })
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
}
