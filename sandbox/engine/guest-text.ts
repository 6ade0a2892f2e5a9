import { refusal } from '../border/refusal.ts'
import type { Layout } from './build.ts'
import type { Instance } from './instance.ts'

/** The longest string that crosses, in UTF-16 units. A rope of a few bytes can be a gigabyte long. */
export const MAX_TEXT = 8 << 20

/** Tags of a JavaScript value that is a string, or a rope of strings not yet joined. */
export const STRING_TAG = -7
export const ROPE_TAG = -6

const WIDE = 0x8000_0000
const LENGTH = 0x7fff_ffff
const VALUE = 8

/** Reads the strings of an instance straight from its memory. */
export class GuestText {
  readonly #memory: Buffer
  readonly #words: Uint32Array
  readonly #layout: Layout

  constructor({ memory, words, layout }: Instance) {
    this.#memory = memory
    this.#words = words
    this.#layout = layout
  }

  /** The string at this address, whose characters lie in one row. */
  flat(string: number): string {
    const header = this.#word(string + 4)
    const length = header & LENGTH
    if (length > MAX_TEXT) throw tooLong(length)
    const data = this.characters(string)
    return header >= WIDE
      ? this.#memory.toString('utf16le', data, data + 2 * length)
      : this.#memory.latin1Slice(data, data + length)
  }

  /** The string a rope stands for. */
  rope(rope: number): string {
    const length = this.#word(rope + 4)
    if (length > MAX_TEXT) throw tooLong(length)
    const left = this.#layout.ropeParts
    const open = [rope + left + VALUE, rope + left]
    let text = ''
    // A part is never empty, so a sound rope has fewer nodes than twice its length.
    for (let steps = 2 * length; open.length > 0 && steps > 0; steps--) {
      const value = open.pop() as number
      const at = this.#word(value)
      const tag = this.#word(value + 4) | 0
      if (tag === ROPE_TAG) open.push(at + left + VALUE, at + left)
      else if (tag === STRING_TAG) text += this.flat(at)
      else break
    }
    if (text.length !== length) throw refusal('TypeError', 'broken string')
    return text
  }

  /** Where the characters of a string are. */
  characters(string: number): number {
    return string + this.#layout.stringData
  }

  #word(at: number): number {
    return this.#words[at >>> 2] ?? 0
  }
}

function tooLong(length: number): Error {
  return refusal('RangeError', `string of ${length} characters is too long to cross`)
}
