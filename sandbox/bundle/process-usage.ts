import { readFileSync } from 'node:fs'

/** What a process and its children have used, and use. */
export interface Usage {
  /** Milliseconds of processor time, by all that are still there. */
  readonly cpu: number
  /** Bytes of memory. */
  readonly memory: number
}

/** Linux tells processor time in hundredths of a second, whatever its own clock is. */
const TICK = 10
const KILOBYTE = 1024
/** Of /proc/PID/stat, counted from behind the process's name, which may have spaces. */
const USER_TIME = 11
const SYSTEM_TIME = 12

/** Looks at a process and its children; undefined where the system does not tell. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    const usages = [String(pid), ...(children.match(/\d+/g) ?? [])].map(usageOfOne)
    return {
      cpu: usages.reduce((sum, { cpu }) => sum + cpu, 0),
      memory: usages.reduce((sum, { memory }) => sum + memory, 0),
    }
  } catch {
    return undefined
  }
}

function usageOfOne(pid: string): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return {
    cpu: (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK,
    // One that is ending has no memory any more.
    memory: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * KILOBYTE,
  }
}
