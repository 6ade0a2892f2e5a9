import type { Crossing } from '../border/crossing.ts'
import { refusal } from '../border/refusal.ts'
import { GuestText, MAX_TEXT, ROPE_TAG, STRING_TAG } from './guest-text.ts'
import { type Instance, SCRATCH } from './instance.ts'
import { Stopped } from './verdict.ts'

/** What kind of value is in a box; numbers that are no int32 have none of these tags. */
export const Tag = { object: -1, int: 0, undefined: 3, exception: 6, first: -9, last: 7 } as const

/** What a crossing costs beyond the engine's own work: one unit for so many bytes, as a power of two. */
const CROSSING_SHIFT = 4

const CROSSING_TAGS: readonly number[] = [Tag.int, Tag.undefined, STRING_TAG, ROPE_TAG]

const doubles = new Float64Array(1)
const doubleWords = new Uint32Array(doubles.buffer)

/**
 * Reads and writes the values of an instance. Values are boxes: addresses of eight bytes on the
 * engine's heap that hold a number or point to something.
 */
export class GuestValues {
  readonly #instance: Instance
  readonly #text: GuestText
  /** Fuel that crossings cost, and that has not been taken yet. */
  #owed = 0

  constructor(instance: Instance) {
    this.#instance = instance
    this.#text = new GuestText(instance)
  }

  /** What crossings have cost since this was last asked. */
  takeOwed(): number {
    const owed = this.#owed
    this.#owed = 0
    return owed
  }

  tagOf(box: number): number {
    return (this.#instance.words[(box >> 2) + 1] as number) | 0
  }

  /** What is in a box. Only numbers, strings, Uint8Arrays and undefined cross. */
  read(box: number): Crossing {
    const low = this.#instance.words[box >> 2] as number
    const tag = this.tagOf(box)
    if (tag === STRING_TAG) return this.#charged(this.#text.flat(low))
    if (tag === Tag.int) return low | 0
    if (tag === Tag.undefined) return undefined
    if (tag === ROPE_TAG) return this.#charged(this.#text.rope(low))
    if (tag < Tag.first || tag > Tag.last) return this.#double(low, tag)
    if (tag === Tag.object) return this.#bytes(low)
    throw refusal('TypeError', 'only numbers, strings, Uint8Arrays and undefined can cross')
  }

  /** Whether what is in a box can cross. */
  crosses(box: number): boolean {
    const tag = this.tagOf(box)
    if (tag === Tag.object) return this.#isBytes(this.#instance.words[box >> 2] as number)
    const isDouble = tag < Tag.first || tag > Tag.last
    return isDouble || CROSSING_TAGS.includes(tag)
  }

  /** A box with this number, or with nothing. */
  number(value: number | undefined): number {
    return value === undefined ? this.box(0, Tag.undefined) : this.#number(value)
  }

  /**
   * The engine makes a string of the right shape, from spaces or from two-byte characters, and the
   * true ones are written over them: so NUL and lone surrogates survive.
   */
  text(text: string, context: number): number {
    const { length } = text
    if (length > MAX_TEXT) throw refusal('RangeError', `text of ${length} characters is too long`)
    this.#owed += length >> CROSSING_SHIFT
    const plain = length === 0 || !NOT_PLAIN.test(text)
    const wide = !plain && NOT_LATIN.test(text)
    const size = wide ? 2 * length : length
    const { calls, marks, memory, scratch, words } = this.#instance
    const at = size < SCRATCH ? scratch : this.allocate(size + 1)
    if (plain) memory.latin1Write(text, at, length)
    else memory.fill(wide ? WIDE_SAMPLE : ' ', at, at + size)
    memory[at + size] = 0
    if (at !== scratch) marks.wrote(at, size + 1)
    const box = checked(calls.QTS_NewString(context, at))
    if (at !== scratch) calls.free(at)
    if (this.tagOf(box) !== STRING_TAG) throw new Stopped('memory')
    if (plain) return box
    const data = this.#text.characters(words[box >> 2] as number)
    memory.write(text, data, wide ? 'utf16le' : 'latin1')
    // The engine has written the sample there, or ought to have.
    marks.wrote(data, size)
    return box
  }

  /** A box with an ArrayBuffer of these bytes, or with an exception. */
  buffer(bytes: Uint8Array, context: number): number {
    if (bytes.length > MAX_TEXT) {
      throw refusal('RangeError', `${bytes.length} bytes are too many to cross`)
    }
    const { calls, marks, memory } = this.#instance
    this.#owed += bytes.length >> CROSSING_SHIFT
    const at = this.allocate(Math.max(bytes.length, 1))
    memory.set(bytes, at)
    if (bytes.length > 0) marks.wrote(at, bytes.length)
    return checked(calls.QTS_NewArrayBuffer(context, at, bytes.length))
  }

  box(low: number, tag: number): number {
    const box = this.allocate(8)
    this.#instance.words[box >> 2] = low
    this.#instance.words[(box >> 2) + 1] = tag
    this.#instance.marks.wrote(box, 8)
    return box
  }

  allocate(size: number): number {
    return checked(this.#instance.calls.malloc(size))
  }

  #charged(text: string): string {
    this.#owed += text.length >> CROSSING_SHIFT
    return text
  }

  #double(low: number, tag: number): number {
    doubleWords[0] = low
    doubleWords[1] = tag + this.#instance.layout.doubleBias
    return doubles[0] as number
  }

  #bytes(object: number): Uint8Array {
    const { layout, memory, words } = this.#instance
    if (!this.#isBytes(object)) throw refusal('TypeError', 'only a Uint8Array can cross')
    const at = words[(object + layout.arrayData) >> 2] as number
    const length = words[(object + layout.arrayLength) >> 2] as number
    if (length > MAX_TEXT) throw refusal('RangeError', `${length} bytes are too many to cross`)
    this.#owed += length >> CROSSING_SHIFT
    return new Uint8Array(memory.subarray(at, at + length))
  }

  /** Whether an object is a Uint8Array; its class is the upper half of a word. */
  #isBytes(object: number): boolean {
    const { layout, words } = this.#instance
    return (words[(object + layout.classId) >>> 2] ?? 0) >>> 16 === layout.bytesClass
  }

  #number(value: number): number {
    if ((value | 0) === value && !Object.is(value, -0)) return this.box(value, Tag.int)
    // Any other NaN could be read as a tag, and that as a pointer.
    doubles[0] = value
    if (Number.isNaN(value)) doubleWords.set(NAN)
    const high = (doubleWords[1] as number) - this.#instance.layout.doubleBias
    return this.box(doubleWords[0] as number, high)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII but NUL is plain
const NOT_PLAIN = /[^\x01-\x7f]/
const NOT_LATIN = /[^\0-\xff]/
const WIDE_SAMPLE = Buffer.from('\u0100')
const NAN = [0, 0x7ff8_0000]

/** Passes an address through. No address: the engine is out of memory. */
export function checked(pointer: number): number {
  if (pointer === 0) throw new Stopped('memory')
  return pointer
}
