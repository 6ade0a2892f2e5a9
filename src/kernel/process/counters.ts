import { Buffer } from 'node:buffer'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What is counted of client connections and requests. */
export interface Counts {
  /** Since the master started. */
  accepted: number
  handled: number
  requests: number
  /** Now. */
  active: number
  reading: number
  writing: number
  waiting: number
}

/** This process's own counts; whoever serves connections changes them in place. */
export const counters: Counts = {
  accepted: 0,
  handled: 0,
  requests: 0,
  active: 0,
  reading: 0,
  writing: 0,
  waiting: 0,
}

const NAMES = [
  'accepted',
  'handled',
  'requests',
  'active',
  'reading',
  'writing',
  'waiting',
] as const
/** These outlive the worker that counted them. */
const LASTING = 3
const ROW = NAMES.length * Float64Array.BYTES_PER_ELEMENT
/** The row that keeps what workers counted that are gone. */
const PAST = 0
/** tmpfs first: a page of it is written several times a second. */
const FOLDERS = ['/dev/shm', tmpdir()]

/**
 * A small file without a name in which each worker keeps its counts in a row of its own, so that
 * any worker can add them all up. Its descriptor is handed down; rows have one writer each.
 */
export class SharedCounters {
  readonly fd: number
  readonly #row: number
  readonly #last = new Float64Array(NAMES.length)

  constructor(fd: number, row: number) {
    this.fd = fd
    this.#row = row
  }

  /** Made by the master, which owns the row of the past; undefined when no file can be made. */
  static create(): SharedCounters | undefined {
    for (const folder of FOLDERS) {
      try {
        const own = mkdtempSync(join(folder, 'gateway-'))
        const fd = openSync(join(own, 'counters'), 'wx+', 0o600)
        rmSync(own, { recursive: true })
        return new SharedCounters(fd, PAST)
      } catch {
        // Not writable: the next folder may be.
      }
    }
    return undefined
  }

  /** Writes this worker's counts if they changed. Called from the coarse sweep. */
  publish(): void {
    let changed = false
    for (const [i, name] of NAMES.entries()) {
      if (this.#last[i] === counters[name]) continue
      this.#last[i] = counters[name]
      changed = true
    }
    if (changed) this.#write(this.#row, this.#last)
  }

  /** The counts of all workers; this one's are exact, the others' a fraction of a second old. */
  total(): Counts {
    const sum = { ...counters }
    const rows = this.#read()
    for (let row = 0; row * NAMES.length < rows.length; row++) {
      if (row === this.#row) continue
      for (const [i, name] of NAMES.entries()) sum[name] += rows[row * NAMES.length + i] ?? 0
    }
    return sum
  }

  /** Keeps what a worker counted that is gone, and frees its row. Called by the master. */
  retire(row: number): void {
    const rows = this.#read()
    for (let i = 0; i < LASTING; i++) {
      this.#last[i] = (this.#last[i] as number) + (rows[row * NAMES.length + i] ?? 0)
    }
    this.#write(PAST, this.#last)
    this.#write(row, new Float64Array(NAMES.length))
  }

  close(): void {
    closeSync(this.fd)
  }

  #write(row: number, values: Float64Array): void {
    try {
      writeSync(this.fd, new Uint8Array(values.buffer), 0, ROW, row * ROW)
    } catch {
      // No room: counts are then those of the last time there was.
    }
  }

  #read(): Float64Array {
    const memory = Buffer.alloc(ROW * MOST_ROWS)
    const size = readSync(this.fd, memory, 0, memory.length, 0)
    return new Float64Array(memory.buffer, memory.byteOffset, Math.floor(size / 8))
  }
}

/** Workers of all living generations together. */
const MOST_ROWS = 1024

let shared: SharedCounters | undefined

/** Says where this worker's counts are shared. */
export function shareCounters(where: SharedCounters | undefined): void {
  shared = where
}

/** The counts of all workers of this gateway (`stub_status`). */
export function totalCounts(): Counts {
  return shared ? shared.total() : { ...counters }
}
