import type { IPNetwork, IPWords } from 'gateway/plugin'
import { type Entry, Intervals } from './intervals.ts'

/** Networks of both families while they are read; `compile` makes them ready to be looked up. */
export class Networks {
  readonly #four = new Map<number | string, Entry>()
  readonly #six = new Map<number | string, Entry>()

  get empty(): boolean {
    return this.#four.size === 0 && this.#six.size === 0
  }

  /** As in nginx, the last value of a network counts; returns the one it had. */
  add(network: IPNetwork, value: string): string | undefined {
    const entries = this.#of(network)
    const key = keyOf(network)
    const old = entries.get(key)?.value
    entries.set(key, { network, value })
    return old
  }

  /** Whether there was such a network. */
  delete(network: IPNetwork): boolean {
    return this.#of(network).delete(keyOf(network))
  }

  /** The value of the longest network an address is in. */
  compile(): (words: IPWords) => string | undefined {
    const four = new Intervals([...this.#four.values()], 1)
    const six = new Intervals([...this.#six.values()], 4)
    return (words) => (words.length === 1 ? four : six).find(words)
  }

  #of({ first }: IPNetwork): Map<number | string, Entry> {
    return first.length === 1 ? this.#four : this.#six
  }
}

function keyOf({ first, bits }: IPNetwork): number | string {
  return first.length === 1 ? (first[0] ?? 0) * 64 + bits : `${first.join()}/${bits}`
}
