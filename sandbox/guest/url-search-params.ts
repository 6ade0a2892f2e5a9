import { notA } from './errors.ts'
import { parseQuery, writeQuery } from './form-urlencoded.ts'
import { iterate, type PairSource } from './pairs.ts'
import { PlainString, toWellFormed } from './primordials.ts'

type Pair = [string, string]

/** Whether a script's object is URLSearchParams. */
export let isSearchParams: (value: unknown) => value is URLSearchParams
/** Tells `changed` the query each time it has changed. */
export let onChange: (params: URLSearchParams, changed: (query: string) => void) => void
/** Parses the query anew, without telling. */
export let refill: (params: URLSearchParams, query: string) => void

/** The names and values of a query (WHATWG URL, "URLSearchParams"). */
export class URLSearchParams {
  #pairs: Pair[] = []
  #changed: ((query: string) => void) | undefined

  constructor(init: string | Iterable<Iterable<string>> | Record<string, string> = '') {
    this.#pairs = pairsOf(init)
  }

  get size(): number {
    return this.#pairs.length
  }

  append(name: string, value: string): void {
    this.#pairs.push([usv(name), usv(value)])
    this.#update()
  }

  delete(name: string, value?: string): void {
    const [key, only] = [usv(name), value === undefined ? undefined : usv(value)]
    this.#pairs = this.#pairs.filter((pair) => !matches(pair, key, only))
    this.#update()
  }

  get(name: string): string | null {
    const key = usv(name)
    return this.#pairs.find((pair) => pair[0] === key)?.[1] ?? null
  }

  getAll(name: string): string[] {
    const key = usv(name)
    return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1])
  }

  has(name: string, value?: string): boolean {
    const [key, only] = [usv(name), value === undefined ? undefined : usv(value)]
    return this.#pairs.some((pair) => matches(pair, key, only))
  }

  set(name: string, value: string): void {
    const [key, text] = [usv(name), usv(value)]
    const first = this.#pairs.find((pair) => pair[0] === key)
    if (first) {
      first[1] = text
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== key)
    } else this.#pairs.push([key, text])
    this.#update()
  }

  sort(): void {
    this.#pairs.sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0))
    this.#update()
  }

  forEach(
    visit: (value: string, name: string, params: URLSearchParams) => void,
    self?: unknown,
  ): void {
    for (const [name, value] of this) visit.call(self, value, name, this)
  }

  keys(): IterableIterator<string> {
    return iterate(this.#source(), 'key', 'URLSearchParams')
  }

  values(): IterableIterator<string> {
    return iterate(this.#source(), 'value', 'URLSearchParams')
  }

  entries(): IterableIterator<Pair> {
    return iterate(this.#source(), 'entry', 'URLSearchParams')
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries()
  }

  toString(): string {
    return writeQuery(this.#pairs)
  }

  #source(): PairSource<string> {
    return { pairs: () => this.#pairs }
  }

  #update(): void {
    this.#changed?.(this.toString())
  }

  static {
    isSearchParams = (value): value is URLSearchParams =>
      typeof value === 'object' && value !== null && #pairs in value
    onChange = (params, changed) => {
      params.#changed = changed
    }
    refill = (params, query) => {
      params.#pairs = pairsOf(query)
    }
  }
}

function pairsOf(init: unknown): Pair[] {
  if (typeof init === 'object' && init !== null) {
    return Symbol.iterator in init
      ? Array.from(init as Iterable<Iterable<string>>, pairOf)
      : Object.entries(init).map(([name, value]): Pair => [usv(name), usv(value)])
  }
  const query = usv(init)
  return parseQuery(query[0] === '?' ? query.slice(1) : query)
}

function pairOf(init: Iterable<string>): Pair {
  const [name, value, ...more] = init
  if (name === undefined || value === undefined || more.length > 0) throw notA('pair of strings')
  return [usv(name), usv(value)]
}

function matches(pair: Pair, name: string, value: string | undefined): boolean {
  return pair[0] === name && (value === undefined || pair[1] === value)
}

function usv(value: unknown): string {
  return toWellFormed(PlainString(value))
}
