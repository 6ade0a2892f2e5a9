import { readFileSync } from 'node:fs'

/** In /proc/PID/stat, of what follows the command: state, parent, … (proc(5), field 22). */
const START = 19

/**
 * When a process began, in clock ticks since the system did: with its number, this tells it from
 * every other. Undefined for one that is dead (though nobody has asked for its exit code yet), and
 * where the system does not tell.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[START]
  } catch {
    return undefined
  }
}
