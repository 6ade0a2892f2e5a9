import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { ZONES } from '../../storage/zone/zone-directory.ts'
import type { BoundSocket } from '../listen/bound-socket.ts'
import { ROLE } from './environment.ts'
import { describeHanded, SOCKETS } from './handed-sockets.ts'
import { type Message, readMessage } from './messages.ts'

/** What a second process of this program is to be. */
export type AgainRole = 'daemon' | 'successor'

/** How the program is started again. */
export interface Again {
  readonly role: AgainRole
  /** Handed down. */
  readonly sockets: readonly BoundSocket[]
  readonly env?: NodeJS.ProcessEnv
}

/** How a second process ended. */
export interface AgainEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said before, or the system, when it could not start. */
  readonly reasons: readonly string[]
}

/** Who is told of a second process. */
export interface AgainObserver {
  /** It serves. At most once. */
  onReady(): void
  /** Exactly once. */
  onEnd(end: AgainEnd): void
}

/** What is at the path of the program now, with the words this process was started with. */
const COMMAND_LINE = [...process.execArgv, ...process.argv.slice(1)]
/** 0 to 2 are the standard descriptors, 3 is the channel. */
const FIRST_HANDED = 4

/** Starts this program again, with the same words. */
export function startAgain(again: Again, observer: AgainObserver): ChildProcess {
  const child = spawnAgain(again)
  let reasons: readonly string[] = []
  let over = false
  const end = (how: Omit<AgainEnd, 'reasons'>) => {
    if (over) return
    over = true
    observer.onEnd({ ...how, reasons })
  }
  child.on('message', (value) => {
    const message = readMessage(value)
    if (message?.type === 'failed') reasons = message.reasons
    else if (message?.type === 'ready') observer.onReady()
  })
  child.on('exit', (code, signal) => end({ code, signal }))
  child.on('error', (error) => {
    if (child.pid !== undefined) return
    reasons = [error.message]
    end({ code: null, signal: null })
  })
  return child
}

/** The part that `startAgain` has given this process; undefined where a person has started it. */
export function ownRole(): AgainRole | undefined {
  const role = process.env[ROLE]
  return role === 'daemon' || role === 'successor' ? role : undefined
}

/** Tells the process that has started this one how the start went; it waits for it. */
export function tellStarter(
  message: Extract<Message, { type: 'ready' | 'failed' }>,
): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => {
      // It may have gone meanwhile.
      if (process.connected) process.disconnect()
      resolve()
    })
  })
}

function spawnAgain({ role, sockets, env }: Again): ChildProcess {
  // Each master has zones of its own.
  const { [ZONES]: _, ...own } = process.env
  const standard = role === 'daemon' ? 'ignore' : 'inherit'
  const stdio: StdioOptions = [standard, standard, standard, 'ipc']
  return spawn(process.execPath, COMMAND_LINE, {
    detached: role === 'daemon',
    stdio: [...stdio, ...sockets.map(({ fd }) => fd)],
    env: { ...own, ...env, [ROLE]: role, [SOCKETS]: describeHanded(sockets, FIRST_HANDED) },
  })
}
