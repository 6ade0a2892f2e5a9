import type { Buffer } from 'node:buffer'
import { falseMovie } from './false-movie.ts'

/** Where the numbers of an atom are, as of its version. */
interface Places {
  readonly size: number
  /** Undefined where it counts in the movie's units. */
  readonly timescale?: number
  readonly duration: number
}

/** Of version 0, and of 1 with times of 64 bits. */
const PLACES: Readonly<Record<string, readonly [short: Places, long: Places]>> = {
  mvhd: [
    { size: 100, timescale: 12, duration: 16 },
    { size: 112, timescale: 20, duration: 24 },
  ],
  tkhd: [
    { size: 84, duration: 20 },
    { size: 96, duration: 28 },
  ],
  mdhd: [
    { size: 24, timescale: 12, duration: 16 },
    { size: 36, timescale: 20, duration: 24 },
  ],
}

/** The contents of an atom that says how long something lasts. */
export class TimedAtom {
  readonly contents: Buffer
  readonly #places: Places
  readonly #isShort: boolean

  constructor(name: 'mvhd' | 'tkhd' | 'mdhd', contents: Buffer) {
    this.#isShort = contents[0] === 0
    this.#places = PLACES[name]?.[this.#isShort ? 0 : 1] as Places
    if (contents.length < this.#places.size) throw falseMovie(`mp4 ${name} atom too small`)
    this.contents = contents
  }

  /** Units a second. */
  get timescale(): number {
    return this.contents.readUInt32BE(this.#places.timescale)
  }

  get duration(): bigint {
    const { duration } = this.#places
    return this.#isShort
      ? BigInt(this.contents.readUInt32BE(duration))
      : this.contents.readBigUInt64BE(duration)
  }

  set duration(value: bigint) {
    const { duration } = this.#places
    if (this.#isShort) this.contents.writeUInt32BE(Number(BigInt.asUintN(32, value)), duration)
    else this.contents.writeBigUInt64BE(BigInt.asUintN(64, value), duration)
  }
}
