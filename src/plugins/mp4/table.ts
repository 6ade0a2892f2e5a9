import type { Buffer } from 'node:buffer'
import { atom } from './atom.ts'
import { falseMovie } from './false-movie.ts'

/** A table of numbers in an atom, of which rows are left out at both ends. */
export class Table {
  readonly #name: string
  /** What stands before the rows; it ends with their count. */
  readonly #head: Buffer
  readonly #width: number
  #rows: Buffer

  /** Reads the contents of an atom whose rows begin at `from` and are `width` bytes each. */
  constructor(name: string, contents: Buffer, width: number, from = 8) {
    const count = contents.length < from ? 0 : contents.readUInt32BE(from - 4)
    if (contents.length < from + count * width) throw falseMovie(`mp4 ${name} atom too small`)
    this.#name = name
    this.#head = contents.subarray(0, from)
    this.#width = width
    this.#rows = contents.subarray(from, from + count * width)
  }

  get count(): number {
    return this.#rows.length / this.#width
  }

  /** A number of 32 bits. */
  get(row: number, column = 0): number {
    return this.#rows.readUInt32BE(row * this.#width + column * 4)
  }

  set(row: number, column: number, value: number): void {
    this.#rows.writeUInt32BE(value >>> 0, row * this.#width + column * 4)
  }

  /** A number of 64 bits. */
  getLong(row: number): bigint {
    return this.#rows.readBigUInt64BE(row * this.#width)
  }

  setLong(row: number, value: bigint): void {
    this.#rows.writeBigUInt64BE(BigInt.asUintN(64, value), row * this.#width)
  }

  /** Leaves rows `from` to `to`, `to` not included. */
  keep(from: number, to = this.count): void {
    this.#rows = this.#rows.subarray(from * this.#width, to * this.#width)
  }

  /** Its atom, with other rows before and behind its own. */
  pieces(before?: Buffer, behind?: Buffer): Buffer[] {
    const rows = [before, this.#rows, behind].filter((each) => each !== undefined)
    const bytes = rows.reduce((sum, { length }) => sum + length, 0)
    this.#head.writeUInt32BE(bytes / this.#width, this.#head.length - 4)
    return atom(this.#name, [this.#head, ...rows])
  }
}
