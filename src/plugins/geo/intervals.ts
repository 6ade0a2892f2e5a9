import { type IPNetwork, type IPWords, lastOfNetwork } from 'gateway/plugin'

/** A network and what it is looked up for. */
export interface Entry {
  readonly network: IPNetwork
  readonly value: string
}

/**
 * Networks of one family as intervals that do not overlap, one after another: the longest network
 * an address is in is found by halving.
 */
export class Intervals {
  /** Where each interval begins: `width` numbers an address. */
  readonly #starts: Uint32Array
  /** Of each interval; undefined where no network is. */
  readonly #values: readonly (string | undefined)[]
  readonly #width: number

  constructor(entries: readonly Entry[], width: 1 | 4) {
    const cuts = cut(entries)
    this.#width = width
    this.#starts = Uint32Array.from(cuts.flatMap(({ start }) => start))
    this.#values = cuts.map(({ value }) => value)
  }

  /** The value of the longest network that an address is in. */
  find(words: IPWords): string | undefined {
    let low = 0
    let high = this.#values.length
    // All intervals below `low` begin at the address or before it, none from `high` on does.
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isAfter(middle, words)) high = middle
      else low = middle + 1
    }
    return this.#values[low - 1]
  }

  #isAfter(index: number, words: IPWords): boolean {
    const at = index * this.#width
    for (let i = 0; i < this.#width; i++) {
      const difference = (this.#starts[at + i] ?? 0) - (words[i] ?? 0)
      if (difference !== 0) return difference > 0
    }
    return false
  }
}

interface Cut {
  readonly start: IPWords
  value: string | undefined
}

/** Where the value changes on the way through all addresses. */
function cut(entries: readonly Entry[]): readonly Cut[] {
  const sorted = [...entries].sort(
    (a, b) => compare(a.network.first, b.network.first) || a.network.bits - b.network.bits,
  )
  const cuts: Cut[] = []
  /** The networks around the place reached, the narrowest last. */
  const around: { readonly last: IPWords; readonly value: string }[] = []
  const leaveUpTo = (start: IPWords | undefined) => {
    for (let inner = around.at(-1); inner; inner = around.at(-1)) {
      if (start && compare(inner.last, start) >= 0) return
      around.pop()
      const next = successor(inner.last)
      if (next) mark(cuts, next, around.at(-1)?.value)
    }
  }
  for (const { network, value } of sorted) {
    leaveUpTo(network.first)
    around.push({ last: lastOfNetwork(network), value })
    mark(cuts, network.first, value)
  }
  leaveUpTo(undefined)
  return cuts
}

/** A later mark at the same place is about a narrower network. */
function mark(cuts: Cut[], start: IPWords, value: string | undefined): void {
  const last = cuts.at(-1)
  if (last && compare(last.start, start) === 0) last.value = value
  else cuts.push({ start, value })
}

/** The address that follows; none after the last one. */
function successor(words: IPWords): IPWords | undefined {
  const next = [...words]
  for (let i = next.length - 1; i >= 0; i--) {
    const word = (next[i] ?? 0) + 1
    if (word <= 0xffffffff) {
      next[i] = word
      return next
    }
    next[i] = 0
  }
  return undefined
}

/** Below zero where `a` comes before `b`; both are of one family. */
function compare(a: IPWords, b: IPWords): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
