import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Forgets the most memory a process has had so far. Where the system does not allow it, the peak
 * stays the one since the process began, which is never less.
 */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // See above.
  }
}

/** The most resident memory a process has had, in bytes. */
export function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}
