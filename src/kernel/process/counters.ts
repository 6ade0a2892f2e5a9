import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MOST_ROWS, SharedRows } from './shared-rows.ts'
import { type Vitals, vitals } from './vitals.ts'

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

const COUNTS = [
  'accepted',
  'handled',
  'requests',
  'active',
  'reading',
  'writing',
  'waiting',
] as const
const VITALS = ['pid', 'beat', 'memory', 'delay', 'gc'] as const
/** These outlive the worker that counted them. */
const LASTING = 3
/** What stands in a row: counts, then vitals. */
const WIDTH = COUNTS.length + VITALS.length
/** The row that keeps what workers counted that are gone. */
const PAST = 0
/** tmpfs first: a page of it is written several times a second. */
const FOLDERS = ['/dev/shm', tmpdir()]

/**
 * A small file without a name in which each worker keeps its counts and vitals in a row of its own:
 * any worker can add them all up, and the master sees how each is. Its descriptor is handed down;
 * rows have one writer each.
 */
export class SharedCounters {
  readonly fd: number
  readonly #row: number
  readonly #own = new Float64Array(WIDTH)
  readonly #rows: SharedRows

  constructor(fd: number, row: number) {
    this.fd = fd
    this.#row = row
    this.#rows = new SharedRows(fd, WIDTH)
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

  /**
   * Makes room for a row, by the master, before a worker gets it. Where there is none (a full disk),
   * nobody would see its beat.
   */
  claim(row: number): boolean {
    return row < MOST_ROWS && this.#rows.write(row, new Float64Array(WIDTH))
  }

  /** Writes this worker's row. Called from the coarse sweep. */
  publish(): void {
    for (const [i, name] of COUNTS.entries()) this.#own[i] = counters[name]
    for (const [i, name] of VITALS.entries()) this.#own[COUNTS.length + i] = vitals[name]
    this.#rows.write(this.#row, this.#own)
  }

  /** The counts of all workers; this one's are exact, the others' a fraction of a second old. */
  total(): Counts {
    const sum = { ...counters }
    const rows = this.#rows.read(0, MOST_ROWS)
    for (let row = 0; row * WIDTH < rows.length; row++) {
      if (row === this.#row) continue
      for (const [i, name] of COUNTS.entries()) sum[name] += rows[row * WIDTH + i] ?? 0
    }
    return sum
  }

  /** How the workers are that serve, a fraction of a second ago. */
  vitals(): readonly Vitals[] {
    const rows = this.#rows.read(0, MOST_ROWS)
    const count = rows.length / WIDTH
    const all = Array.from({ length: count }, (_, row) => vitalsIn(rows.subarray(row * WIDTH)))
    return all.filter(({ pid }) => pid !== 0)
  }

  /** How the worker of a row is. */
  vitalsOf(row: number): Vitals {
    return vitalsIn(this.#rows.read(row, 1))
  }

  /** Keeps what a worker counted that is gone, and frees its row. Called by the master. */
  retire(row: number): void {
    const gone = this.#rows.read(row, 1)
    for (let i = 0; i < LASTING; i++) this.#own[i] = (this.#own[i] as number) + (gone[i] ?? 0)
    this.#rows.write(PAST, this.#own)
    this.#rows.write(row, new Float64Array(WIDTH))
  }

  close(): void {
    closeSync(this.fd)
  }
}

function vitalsIn(row: Float64Array): Vitals {
  const [pid = 0, beat = 0, memory = 0, delay = 0, gc = 0] = row.subarray(COUNTS.length)
  return { pid, beat, memory, delay, gc }
}

let shared: SharedCounters | undefined

/** Says where this worker's counts are shared. */
export function shareCounters(where: SharedCounters | undefined): void {
  shared = where
}

/** The counts of all workers of this gateway (`stub_status`). */
export function totalCounts(): Counts {
  return shared ? shared.total() : { ...counters }
}

/** How the workers of this gateway are, those that leave included. */
export function workerVitals(): readonly Vitals[] {
  return shared ? shared.vitals() : [vitals]
}
