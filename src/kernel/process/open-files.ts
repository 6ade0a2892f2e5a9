import { readFileSync } from 'node:fs'

/** Descriptors kept free for logs, files being served, the loop and the process itself. */
const HEADROOM = 64
/** What is assumed where the limit cannot be read. */
const USUAL_LIMIT = 1024

/** How many descriptors this process may have (the soft limit). */
export function openFileLimit(): number {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return line === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line) || USUAL_LIMIT
  } catch {
    return USUAL_LIMIT
  }
}

/** How many of `wanted` connections a worker can hold with this many descriptors. */
export function usableConnections(wanted: number, limit = openFileLimit()): number {
  return Math.max(1, Math.min(wanted, limit - Math.min(HEADROOM, limit >> 1)))
}
