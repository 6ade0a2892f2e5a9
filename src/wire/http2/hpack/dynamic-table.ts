/** Of a table in bytes, as long as no SETTINGS_HEADER_TABLE_SIZE was sent (RFC 9113, 6.5.2). */
export const DEFAULT_TABLE_SIZE = 4096

/** What a field counts beside its text, in bytes (RFC 7541, section 4.1). */
const OVERHEAD = 32

const FEWEST_SLOTS = 8

/**
 * The fields a decoder was told to remember: a ring, the newest first, that is only as large as its
 * bytes allow. Texts are byte strings, so their lengths are bytes.
 */
export class DynamicTable {
  /** Of each slot. An empty one holds nothing on to memory. */
  names: string[] = new Array<string>(FEWEST_SLOTS).fill('')
  values: string[] = new Array<string>(FEWEST_SLOTS).fill('')
  marks: number[] = new Array<number>(FEWEST_SLOTS).fill(0)
  count = 0
  #capacity: number
  #size = 0
  /** Slot of the newest. */
  #newest = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Which slot holds the entry of this age; the newest is 0. It must be there. */
  slotOf(age: number): number {
    return (this.#newest - age) & (this.names.length - 1)
  }

  /** An entry that is larger than the whole table empties it and is no error (section 4.4). */
  add(name: string, value: string, mark: number): void {
    const size = entrySize(name, value)
    this.#evict(this.#capacity - size)
    if (size > this.#capacity) return
    if (this.count === this.names.length) this.#grow()
    const slot = (this.#newest + 1) & (this.names.length - 1)
    this.#newest = slot
    this.names[slot] = name
    this.values[slot] = value
    this.marks[slot] = mark
    this.#size += size
    this.count++
  }

  resize(capacity: number): void {
    this.#capacity = capacity
    this.#evict(capacity)
  }

  #evict(size: number): void {
    while (this.count > 0 && this.#size > size) {
      const slot = this.slotOf(this.count - 1)
      this.#size -= entrySize(this.names[slot] as string, this.values[slot] as string)
      this.names[slot] = ''
      this.values[slot] = ''
      this.count--
    }
  }

  #grow(): void {
    const slots = Array.from({ length: this.count }, (_, i) => this.slotOf(this.count - 1 - i))
    const free = slots.length
    this.names = [...slots.map((slot) => this.names[slot] as string), ...Array(free).fill('')]
    this.values = [...slots.map((slot) => this.values[slot] as string), ...Array(free).fill('')]
    this.marks = [...slots.map((slot) => this.marks[slot] as number), ...Array(free).fill(0)]
    this.#newest = slots.length - 1
  }
}

/** What a field counts in a table, and in a list of fields (RFC 9113, section 6.5.2). */
export function entrySize(name: string, value: string): number {
  return name.length + value.length + OVERHEAD
}
