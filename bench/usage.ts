import { readdirSync, readFileSync } from 'node:fs'

/** Processor time of processes so far, all threads, in microseconds. */
export function cpuOf(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      // The first field is time on a processor, in nanoseconds; stat's ticks are 10 ms each.
      const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1')
      nanoseconds += Number(text.slice(0, text.indexOf(' ')))
    }
  }
  return nanoseconds / 1000
}

/** Resident memory of processes in bytes. */
export function memoryOf(pids: readonly number[]): number {
  let kilobytes = 0
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    kilobytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
  }
  return kilobytes * 1024
}

/** The processes a process has started; itself when there are none. */
export function workersOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid)
  return children.length > 0 ? children : [pid]
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])
  } catch {
    return 0
  }
}
