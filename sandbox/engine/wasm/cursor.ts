import { malformedModule } from '../errors.ts'

/** Reads a WebAssembly module from front to back; refuses what is cut off or out of range. */
export class Cursor {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) throw malformedModule('unexpected end', this.at)
    return this.bytes[this.at++] as number
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw malformedModule('number of more than 32 bits', this.at)
  }

  /** Passes over a LEB128 number of at most the given size, signed or not. */
  skipNumber(bits: 32 | 64): void {
    for (let left = Math.ceil(bits / 7); left > 0; left--) if (this.byte() < 0x80) return
    throw malformedModule(`number of more than ${bits} bits`, this.at)
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw malformedModule('unexpected end', this.at)
    this.at += length
  }

  /** The next bytes, as a cursor of their own. */
  part(length: number): Cursor {
    const start = this.at
    this.skip(length)
    return new Cursor(this.bytes, start, this.at)
  }

  /** What has not been read yet. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end)
  }

  name(): string {
    const part = this.part(this.u32())
    return Buffer.from(part.rest()).toString('utf8')
  }
}
