import { closeSync, openSync, readFileSync } from 'node:fs'

/** Descriptors kept free for logs, files being served, the loop and the process itself. */
const HEADROOM = 64
/** With fewer left than this nothing is accepted: libuv resets what it accepts without one. */
const RESERVE = 32
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

/**
 * Tells when descriptors run out. The system gives the lowest free number, so that the number of
 * a new one says how many there are, without a count to be kept.
 */
export class Descriptors {
  readonly #last: number

  constructor(limit = openFileLimit()) {
    this.#last = limit - Math.min(RESERVE, limit >> 3)
  }

  /** Whether one that was just opened is among the last. */
  scarceAt(fd: number): boolean {
    return fd >= this.#last
  }

  /** Whether the next one would be. */
  get scarce(): boolean {
    try {
      const fd = openSync('/dev/null', 'r')
      closeSync(fd)
      return this.scarceAt(fd)
    } catch {
      return true
    }
  }
}
