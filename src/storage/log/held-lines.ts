import { Buffer } from 'node:buffer'

/** What the first line takes, in bytes: about the lines of one turn of the loop. */
const FIRST = 16_384
/** More than this is not kept once it has been written. */
const KEPT = 262_144
/** In UTF-8 a unit of a text is so many bytes at most. */
const LONGEST = 3
const NONE: Buffer = Buffer.alloc(0)

/** What held the lines written last: few files have lines at once, and those without have none. */
let spare = NONE

/** Lines that wait to be written to a file, as bytes one behind the other. */
export class HeldLines {
  #memory = NONE
  #used = 0

  /** How many bytes wait. */
  get size(): number {
    return this.#used
  }

  /** Adds a line: bytes, or a text in UTF-8. */
  add(line: string | Uint8Array): void {
    if (typeof line === 'string') {
      this.#makeRoom(line.length * LONGEST)
      this.#used += this.#memory.write(line, this.#used)
    } else {
      this.#makeRoom(line.length)
      this.#memory.set(line, this.#used)
      this.#used += line.length
    }
  }

  /** Takes all of them out; the next line added to any file may stand in their place. */
  take(): Buffer {
    const lines = this.#memory.subarray(0, this.#used)
    if (this.#memory.length <= KEPT && this.#memory.length >= spare.length) spare = this.#memory
    this.#memory = NONE
    this.#used = 0
    return lines
  }

  #makeRoom(bytes: number): void {
    const needed = this.#used + bytes
    if (needed <= this.#memory.length) return
    const larger = roomFor(Math.max(needed, this.#memory.length * 2))
    this.#memory.copy(larger, 0, 0, this.#used)
    this.#memory = larger
  }
}

function roomFor(bytes: number): Buffer {
  if (bytes > spare.length) return Buffer.allocUnsafeSlow(Math.max(FIRST, bytes))
  const memory = spare
  spare = NONE
  return memory
}
