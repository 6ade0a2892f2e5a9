import { readFileSync } from 'node:fs'

/** Where /proc/PID/stat has the time of a start, behind the command: its field 22. */
const START = 19

/**
 * A process that holds something, as text: its number, and when it began, since numbers are used
 * again. It says whose a hold is after the process was killed.
 */
export const ownHolder: string = `${process.pid}-${startOf(process.pid) ?? 0}`

/** Whether the process of a holder still lives. */
export function isAlive(holder: string): boolean {
  const [pid, start] = holder.split('-')
  return holder === ownHolder || startOf(Number(pid)) === start
}

/** When a process began, as the kernel counts; undefined for one that is dead. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid)
  // The command may hold spaces and brackets. Then: state, parent, …
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[START]
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}
