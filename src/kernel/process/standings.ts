import { constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { zoneDirectory } from '../zone/zone-directory.ts'

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
const ROW = WIDTH * Float64Array.BYTES_PER_ELEMENT
/** Workers of all living generations together. */
const MOST_ROWS = 1024

/**
 * How full the workers are that accept on the same sockets: a small file in which each has a row of
 * its own. A row costs less than a microsecond to write, all of them no more to read.
 */
export class Standings {
  readonly #fd: number
  readonly #row: number
  readonly #now: () => number
  readonly #own = new Float64Array(WIDTH)
  readonly #all = new Float64Array(WIDTH * MOST_ROWS)

  /** `row` is this worker's. Throws when there is no such file and none can be made. */
  constructor(path: string, row: number, now = monotonic) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    this.#row = row
    this.#now = now
  }

  tell({ clients, free }: Standing): void {
    this.#write(this.#now(), clients, free)
  }

  /** This worker accepts nothing any more. */
  leave(): void {
    this.#write(0, 0, 0)
  }

  /** The other workers that have room, and have said so a moment ago. */
  others(): Standing[] {
    const rows = this.#read()
    const since = this.#now() - STALE
    const found: Standing[] = []
    for (let row = 0; row < rows; row++) {
      const at = row * WIDTH
      const clients = this.#all[at + 1] as number
      const free = this.#all[at + 2] as number
      if (row !== this.#row && (this.#all[at] as number) > since && free > 0) {
        found.push({ clients, free })
      }
    }
    return found
  }

  #write(...values: readonly [seen: number, clients: number, free: number]): void {
    this.#own.set(values)
    try {
      writeSync(this.#fd, new Uint8Array(this.#own.buffer), 0, ROW, this.#row * ROW)
    } catch {
      // No room in the file system: the others take this worker for one that accepts nothing.
    }
  }

  /** How many rows there are. */
  #read(): number {
    const size = readSync(this.#fd, new Uint8Array(this.#all.buffer), 0, ROW * MOST_ROWS, 0)
    return Math.floor(size / ROW)
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
