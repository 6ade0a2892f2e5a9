import { startAgain } from './again.ts'
import { takeHandedSockets } from './handed-sockets.ts'
import { StartError } from './program.ts'

/**
 * Starts this program again in a session of its own, without a terminal, and settles once it
 * serves. Throws `StartError` with what it says when it cannot.
 */
export function startInBackground(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = startAgain(
      { role: 'daemon', sockets: takeHandedSockets().sockets },
      {
        onReady: () => {
          child.unref()
          resolve()
        },
        onEnd: ({ code, signal, reasons }) => {
          const how = `the background process ended at start (${signal ?? `code ${code}`})`
          reject(new StartError(reasons.length > 0 ? reasons : [how]))
        },
      },
    )
  })
}
