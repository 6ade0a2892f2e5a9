/** One name of a table and what it stands for. */
interface Entry<T> {
  readonly lower: string
  readonly value: T
  readonly next: Entry<T> | undefined
}

/** Longer names are looked up by their length's remainder; there are none among the known ones. */
const LENGTHS = 64
/** Letters differ in the low five bits, in either case. */
const LETTERS = 32

const LOWER = Uint8Array.from({ length: 256 }, (_, c) => (c >= 65 && c <= 90 ? c + 32 : c))

/**
 * A fixed set of field names, looked up in a head's text without cutting the name out of it.
 * Names are found in any case. Most fields are told apart by length and first letter alone.
 */
export class FieldTable<T> {
  readonly #chains: (Entry<T> | undefined)[] = new Array(LENGTHS * LETTERS).fill(undefined)

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    // A later entry replaces an earlier one of the same name.
    const known = new Map<string, T>()
    for (const [name, value] of entries) known.set(name.toLowerCase(), value)
    for (const [lower, value] of known) {
      const at = slot(lower, 0, lower.length)
      this.#chains[at] = { lower, value, next: this.#chains[at] }
    }
  }

  /** What the name at `text[from]`…`text[to]` stands for; undefined when it is not in the table. */
  find(text: string, from: number, to: number): T | undefined {
    let entry = this.#chains[slot(text, from, to)]
    while (entry) {
      if (matches(entry.lower, text, from, to)) return entry.value
      entry = entry.next
    }
    return undefined
  }

  has(name: string): boolean {
    return this.find(name, 0, name.length) !== undefined
  }
}

function slot(text: string, from: number, to: number): number {
  return ((to - from) % LENGTHS) * LETTERS + (text.charCodeAt(from) & (LETTERS - 1))
}

function matches(lower: string, text: string, from: number, to: number): boolean {
  if (lower.length !== to - from) return false
  for (let i = 0; i < lower.length; i++) {
    if (LOWER[text.charCodeAt(from + i)] !== lower.charCodeAt(i)) return false
  }
  return true
}
