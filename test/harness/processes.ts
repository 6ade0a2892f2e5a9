import { readdirSync, readFileSync } from 'node:fs'

/** A line of /proc/PID/stat, as far as tests need it. */
export interface ProcessFacts {
  readonly pid: number
  readonly state: string
  readonly parent: number
  readonly group: number
}

/** What the system knows of a process; undefined when there is none (a zombie counts as none). */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command may hold spaces and brackets; the fields after it may not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent, group] = fields
    if (state === 'Z' || state === 'X') return undefined
    return { pid, state, parent: Number(parent), group: Number(group) }
  } catch {
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  return processFacts(pid) !== undefined
}

/** The living processes that `matches` picks. */
export function findProcesses(matches: (facts: ProcessFacts) => boolean): number[] {
  const found: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const facts = processFacts(Number(name))
    if (facts !== undefined && matches(facts)) found.push(facts.pid)
  }
  return found
}

export function childrenOf(pid: number): number[] {
  return findProcesses((facts) => facts.parent === pid)
}

/** How many descriptors a process holds. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Resident memory in bytes. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

/** Sends a signal to a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
