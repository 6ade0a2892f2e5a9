import { Buffer } from 'node:buffer'

/**
 * Texts that come again and again (methods, hosts, paths): the same bytes are mostly one and the
 * same string each time, so that nothing is allocated, comparing is comparing two pointers, and a
 * hash is computed once. A direct-mapped cache: of two texts that share an entry, the later stays.
 */
export class Interner {
  readonly #texts: string[]
  /** The same texts as bytes, `longest` for each entry: bytes are quicker to compare. */
  readonly #memory: Buffer
  readonly #longest: number

  /** `entries` is a power of two; texts of more than `longest` bytes are not looked for. */
  constructor(entries: number, longest: number) {
    this.#texts = new Array<string>(entries).fill('')
    this.#memory = Buffer.alloc(entries * longest)
    this.#longest = longest
  }

  /** The text of the bytes `from`…`to`, each byte one character. */
  text(bytes: Buffer, from: number, to: number): string {
    const length = to - from
    if (length === 0 || length > this.#longest) return bytes.latin1Slice(from, to)
    const entry = this.#entryOf(bytes, from, to)
    const known = this.#texts[entry] as string
    const start = entry * this.#longest
    const memory = this.#memory
    if (known.length === length) {
      let i = 0
      while (i < length && memory[start + i] === bytes[from + i]) i++
      if (i === length) return known
    }
    const text = bytes.latin1Slice(from, to)
    this.#texts[entry] = text
    for (let i = 0; i < length; i++) memory[start + i] = bytes[from + i] as number
    return text
  }

  /** Makes the very string that code compares with the one that is found. */
  seed(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    this.text(bytes, 0, bytes.length)
    this.#texts[this.#entryOf(bytes, 0, bytes.length)] = text
  }

  #entryOf(bytes: Buffer, from: number, to: number): number {
    const middle = bytes[(from + to) >> 1] as number
    const hash = to - from + middle * 7 + (bytes[to - 1] as number) * 31 + (bytes[from] as number)
    return hash & (this.#texts.length - 1)
  }
}

/** Methods, hosts, media types: words there are few different ones of. */
export const words = new Interner(256, 32)
