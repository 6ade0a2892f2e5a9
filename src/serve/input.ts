import { Buffer } from 'node:buffer'

const NOTHING = Buffer.alloc(0)

/**
 * What a connection has received and not used yet, as a window `bytes[at]`…`bytes[to]`. While a
 * read is being worked off it stands in lent memory; `keep` copies what is left of it.
 */
export class Input {
  bytes: Buffer = NOTHING
  at = 0
  to = 0
  /** Up to here a head was looked for and does not end. */
  seen = 0
  #own = true

  get size(): number {
    return this.to - this.at
  }

  /** Adds what was just read. */
  add(memory: Buffer, size: number): void {
    if (this.at === this.to) {
      this.bytes = memory
      this.at = 0
      this.to = size
      this.seen = 0
      this.#own = false
      return
    }
    const left = this.size
    this.bytes = Buffer.concat([this.bytes.subarray(this.at, this.to), memory.subarray(0, size)])
    this.seen = Math.max(0, this.seen - this.at)
    this.at = 0
    this.to = left + size
    this.#own = true
  }

  /** The lent memory is about to be used for something else. */
  keep(): void {
    if (this.at === this.to) this.drop()
    else if (!this.#own) {
      this.bytes = Buffer.from(this.bytes.subarray(this.at, this.to))
      this.to -= this.at
      this.seen = Math.max(0, this.seen - this.at)
      this.at = 0
      this.#own = true
    }
  }

  drop(): void {
    this.bytes = NOTHING
    this.at = 0
    this.to = 0
    this.seen = 0
    this.#own = true
  }

  /** Whether a head may end after `seen`: with an empty line, or with its first (HTTP/0.9). */
  mayEndHead(): boolean {
    const tail = this.bytes.latin1Slice(Math.max(this.at, this.seen - 3), this.to)
    if (!tail.includes('\n')) return false
    return /\n\r?\n/.test(tail) || this.bytes.indexOf(10, this.at) >= this.seen
  }

  /** Drops line ends: some clients send an empty line after a body (RFC 9112 section 2.2). */
  skipLineEnds(): void {
    while (this.at < this.to && (this.bytes[this.at] === 13 || this.bytes[this.at] === 10))
      this.at++
  }
}
