import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** The processor of the server under test. */
export const SERVER_CORE = 0

/** The processor of load generator and origin; the same one where there is no other. */
export const LOAD_CORE = cpus().length > 1 ? 1 : 0

/** Where a command may run: on one processor, or on all of them. */
export type Cores = number | 'all'

/** The command line that runs a command there and nowhere else. */
export function pinned(cores: Cores, command: string, args: readonly string[]) {
  const list = cores === 'all' ? `0-${cpus().length - 1}` : String(cores)
  return { command: 'taskset', args: ['-c', list, command, ...args] }
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
