import { readSync, writeSync } from 'node:fs'

/** Workers of all living generations together. */
export const MOST_ROWS = 1024

/**
 * A file in which each worker keeps numbers in a row of its own: whoever has its descriptor can read
 * them all; rows have one writer each.
 */
export class SharedRows {
  readonly #fd: number
  readonly #width: number
  /** Bytes of a row. */
  readonly #size: number
  readonly #memory: Float64Array

  /** `width`: numbers in a row. */
  constructor(fd: number, width: number) {
    this.#fd = fd
    this.#width = width
    this.#size = width * Float64Array.BYTES_PER_ELEMENT
    this.#memory = new Float64Array(width * MOST_ROWS)
  }

  /** False where there is no room in the file system: what was written the last time then stays. */
  write(row: number, values: Float64Array): boolean {
    try {
      const bytes = new Uint8Array(values.buffer)
      return writeSync(this.#fd, bytes, 0, this.#size, row * this.#size) === this.#size
    } catch {
      return false
    }
  }

  /** So many rows from one on, as far as they are there, in memory that the next call uses again. */
  read(row: number, count: number): Float64Array {
    const bytes = new Uint8Array(this.#memory.buffer)
    const read = readSync(this.#fd, bytes, 0, count * this.#size, row * this.#size)
    return this.#memory.subarray(0, Math.floor(read / this.#size) * this.#width)
  }
}
