import { readFileSync } from 'node:fs'
import { onCleanup } from './cleanup.ts'
import type { Gateway } from './gateway.ts'
import { childrenOf, isAlive, signal } from './processes.ts'
import { until } from './wait.ts'

/** Sends USR2 to a master, and gives the number of the new one once its workers accept. */
export async function upgrade(gateway: Gateway, master = gateway.pid): Promise<number> {
  signal(master, 'SIGUSR2')
  const fresh = await until('the new master', () => {
    const pid = Number(gateway.workspace.read('gateway.pid'))
    return pid > 0 && pid !== master && isAlive(pid) ? pid : undefined
  })
  onCleanup(async () => {
    signal(fresh, 'SIGTERM')
    await gone(fresh)
  })
  return fresh
}

/** Waits until a process has ended, and is nobody's parent any more. */
export async function gone(pid: number): Promise<void> {
  // Of a process with threads, the first may be a zombie while others are still on their way out.
  const over = () => !isAlive(pid) && childrenOf(pid).length === 0
  await until(`process ${pid} to end`, over, 20_000)
}

/** The workers of a master; the master that may succeed it is none. */
export function workersOf(master: number): number[] {
  return childrenOf(master).filter((pid) => titleOf(pid).startsWith('gateway: worker'))
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
