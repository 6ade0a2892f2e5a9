import { Buffer } from 'node:buffer'
import type { Getter } from 'gateway/plugin'
import type { Escaper } from './escape.ts'

/** In UTF-8 a unit of a text is so many bytes at most. */
const LONGEST = 3

/** A variable of a format and the text in front of it: what it was in the last line, and where. */
export class Piece {
  readonly get: Getter
  /** Where it stands in the memory of the line; negative where it does not. */
  at = -1
  size = 0
  /** Whether its value is another one than in the memory. */
  fresh = true
  readonly #before: string
  readonly #escaped: Escaper
  #value: string | undefined
  #text: string
  /** The same as bytes, once it was needed a second time. */
  #bytes: Uint8Array | undefined

  constructor(before: string, get: Getter, escaper: Escaper) {
    this.get = get
    this.#before = before
    this.#escaped = escaper
    this.#value = undefined
    this.#text = before + escaper(undefined)
    this.#bytes = undefined
  }

  /** The most bytes it may take. */
  get most(): number {
    return this.#text.length * LONGEST
  }

  /** Its value in the next line. One that it had in the last is not looked through again. */
  take(value: string | undefined): void {
    if (value === this.#value) return
    this.#value = value
    this.#text = this.#before + this.#escaped(value)
    this.#bytes = undefined
    this.fresh = true
  }

  /** Writes it into memory; returns its size. */
  put(memory: Buffer, at: number): number {
    if (this.fresh) return memory.write(this.#text, at)
    this.#bytes ??= Buffer.from(this.#text)
    memory.set(this.#bytes, at)
    return this.#bytes.length
  }
}
