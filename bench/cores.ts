import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** The processor of the server under test. */
export const SERVER_CORE = 0

/** The processor of load generator and origin; the same one where there is no other. */
export const LOAD_CORE = cpus().length > 1 ? 1 : 0

/** The command line that runs a command on one processor only. */
export function pinned(core: number, command: string, args: readonly string[]) {
  return { command: 'taskset', args: ['-c', String(core), command, ...args] }
}

/** Moves this process, which is a load generator too, to the load's processor. */
export function pinSelf(): void {
  const { status } = spawnSync('taskset', [
    '-a',
    '-p',
    '-c',
    String(LOAD_CORE),
    String(process.pid),
  ])
  if (status !== 0) throw new Error('taskset failed; install util-linux')
}
