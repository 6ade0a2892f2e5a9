import { spawn } from 'node:child_process'
import { ROLE } from './environment.ts'
import { type Message, readMessage } from './messages.ts'
import { StartError } from './program.ts'

/**
 * Starts this program again in a session of its own, without a terminal, and settles once it
 * serves. Throws `StartError` with what it says when it cannot.
 */
export function startInBackground(entry: string, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, entry, ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [ROLE]: 'daemon' },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      reject(
        new StartError([`the background process ended at start (${signal ?? `code ${code}`})`]),
      )
    })
    child.on('message', (value) => {
      const message = readMessage(value)
      if (message?.type === 'failed') reject(new StartError(message.reasons))
      if (message?.type !== 'ready') return
      child.unref()
      resolve()
    })
  })
}

/** Whether this process is one that `startInBackground` has started. */
export function isInBackground(): boolean {
  return process.env[ROLE] === 'daemon'
}

/** Tells the command that started this process how the start went; it waits for it. */
export function tellStarter(
  message: Extract<Message, { type: 'ready' | 'failed' }>,
): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => {
      process.disconnect()
      resolve()
    })
  })
}
