/** What an iterator of pairs gives: names, values, or both. */
type Part = 'key' | 'value' | 'entry'

/** Something that is a list of pairs, looked at anew with each step: it may change meanwhile. */
export interface PairSource<Value> {
  pairs(): readonly (readonly [string, Value])[]
}

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))

/** An iterator over a list of pairs (Web IDL, "iterable declarations"). */
class PairIterator<Value> {
  readonly #source: PairSource<Value>
  readonly #part: Part
  #index = 0

  constructor(source: PairSource<Value>, part: Part) {
    this.#source = source
    this.#part = part
  }

  next(): IteratorResult<unknown> {
    const pair = this.#source.pairs()[this.#index]
    if (!pair) return { value: undefined, done: true }
    this.#index += 1
    return { value: partOf(pair, this.#part), done: false }
  }
}
Object.setPrototypeOf(PairIterator.prototype, IteratorPrototype)

/** An iterator over what `source` holds; it shows itself as `tag`. */
export function iterate<Value, Out>(
  source: PairSource<Value>,
  part: Part,
  tag: string,
): IterableIterator<Out> {
  const iterator = new PairIterator(source, part)
  Object.defineProperty(iterator, Symbol.toStringTag, { value: `${tag} Iterator` })
  return iterator as unknown as IterableIterator<Out>
}

function partOf(pair: readonly [string, unknown], part: Part): unknown {
  if (part === 'key') return pair[0]
  return part === 'value' ? pair[1] : [pair[0], pair[1]]
}
