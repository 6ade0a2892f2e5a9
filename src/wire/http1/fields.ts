/** Header fields as anyone may read them. Names are given in lower case. */
export interface ReadonlyFields {
  /** The first value under this name. */
  get(name: string): string | undefined
  /** All values under this name, in order. */
  all(name: string): string[]
  /** All values under this name as one. */
  joined(name: string, separator: string): string | undefined
  /** Name and value pairs as they stood on the wire, names in their own spelling. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]>
}

/** A mutable, ordered list of header fields that keeps the spelling of names. */
export class Fields implements ReadonlyFields {
  /** name, value, name, value… */
  readonly list: string[]

  constructor(list: string[] = []) {
    this.list = list
  }

  static from(record: Readonly<Record<string, string | readonly string[]>>): Fields {
    const fields = new Fields()
    for (const [name, value] of Object.entries(record)) {
      if (typeof value === 'string') fields.add(name, value)
      else for (const each of value) fields.add(name, each)
    }
    return fields
  }

  get(name: string): string | undefined {
    const at = this.#find(name, 0)
    return at < 0 ? undefined : this.list[at + 1]
  }

  all(name: string): string[] {
    const found: string[] = []
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + 2)) {
      found.push(this.list[at + 1] as string)
    }
    return found
  }

  joined(name: string, separator: string): string | undefined {
    const first = this.#find(name, 0)
    if (first < 0) return undefined
    let text = this.list[first + 1] as string
    for (let at = this.#find(name, first + 2); at >= 0; at = this.#find(name, at + 2)) {
      text += separator + (this.list[at + 1] as string)
    }
    return text
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0
  }

  add(name: string, value: string): void {
    this.list.push(name, value)
  }

  /** Replaces every field of this name, in any spelling, by one. */
  set(name: string, value: string): void {
    const at = this.#find(name.toLowerCase(), 0)
    if (at < 0) {
      this.list.push(name, value)
      return
    }
    this.list[at + 1] = value
    this.#deleteFrom(name.toLowerCase(), at + 2)
  }

  delete(name: string): void {
    this.#deleteFrom(name, 0)
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.list.length; i += 2) {
      yield [this.list[i] as string, this.list[i + 1] as string]
    }
  }

  #find(lower: string, from: number): number {
    const list = this.list
    for (let i = from; i < list.length; i += 2) {
      if (sameName(list[i] as string, lower)) return i
    }
    return -1
  }

  #deleteFrom(lower: string, from: number): void {
    for (let at = this.#find(lower, from); at >= 0; at = this.#find(lower, at)) {
      this.list.splice(at, 2)
    }
  }
}

/** Whether a name on the wire is this lower-case name. */
export function sameName(wire: string, lower: string): boolean {
  return wire.length === lower.length && (wire === lower || wire.toLowerCase() === lower)
}
