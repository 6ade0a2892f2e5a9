import { constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { zoneDirectory } from '../../storage/zone/zone-directory.ts'
import { MOST_ROWS, SharedRows } from './shared-rows.ts'

/** How full a worker is. */
export interface Standing {
  /** Its client connections. */
  readonly clients: number
  /** Its connection slots that are free. */
  readonly free: number
}

/** Who has not told its standing for so long accepts nothing now, in milliseconds. */
const STALE = 300
/** When it was told, clients, free. */
const WIDTH = 3

/**
 * How full the workers are that accept on the same sockets: a small file in which each has a row of
 * its own. A row costs less than a microsecond to write, all of them no more to read.
 */
export class Standings {
  readonly #rows: SharedRows
  readonly #row: number
  readonly #now: () => number
  readonly #own = new Float64Array(WIDTH)

  /** `row` is this worker's. Throws when there is no such file and none can be made. */
  constructor(path: string, row: number, now = monotonic) {
    this.#rows = new SharedRows(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), WIDTH)
    this.#row = row
    this.#now = now
  }

  tell({ clients, free }: Standing): void {
    this.#put(this.#now(), clients, free)
  }

  /** This worker accepts nothing any more. */
  leave(): void {
    this.#put(0, 0, 0)
  }

  /** The other workers that have room, and have said so a moment ago. */
  others(): Standing[] {
    const all = this.#rows.read(0, MOST_ROWS)
    const since = this.#now() - STALE
    const found: Standing[] = []
    for (let row = 0; row * WIDTH < all.length; row++) {
      const at = row * WIDTH
      const clients = all[at + 1] as number
      const free = all[at + 2] as number
      if (row !== this.#row && (all[at] as number) > since && free > 0) {
        found.push({ clients, free })
      }
    }
    return found
  }

  /** Without room in the file system the others take this worker for one that accepts nothing. */
  #put(...values: readonly [seen: number, clients: number, free: number]): void {
    this.#own.set(values)
    this.#rows.write(this.#row, this.#own)
  }
}

/** Where this worker's master has its workers tell how full they are; undefined: nowhere. */
export function openStandings(row: number): Standings | undefined {
  const directory = zoneDirectory()
  if (directory === undefined) return undefined
  try {
    return new Standings(join(directory, 'standings'), row)
  } catch {
    return undefined
  }
}

/** Milliseconds of a clock that all processes share and nobody sets. */
function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
