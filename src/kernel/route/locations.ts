import { escapePath } from '../../wire/uri.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { LocationPlan } from '../phase/plan.ts'
import { capture } from '../variable/captures.ts'
import type { LocationPattern } from './location-pattern.ts'
import { PrefixTree } from './prefix-tree.ts'

/** One location as it enters a table of locations. */
export interface LocationItem {
  readonly pattern: LocationPattern
  readonly plan: LocationPlan
  /** The locations inside it. */
  readonly nested: Locations | undefined
  /** Whether a request for `/dir` is sent to this location's `/dir/` (nginx's auto_redirect). */
  readonly redirects: boolean
}

/** Answer with 301 and this location: the location found is `/dir/` and `/dir` was asked. */
export interface SlashRedirect {
  readonly redirect: string
}

/** What a search came to: `settled` when no regular expression further out may overrule it. */
interface Match {
  readonly entry: Entry
  readonly settled: boolean
}

/** A location in its table, with both of its outcomes made once. */
class Entry {
  readonly item: LocationItem
  readonly settled: Match = { entry: this, settled: true }
  readonly likely: Match = { entry: this, settled: false }

  constructor(item: LocationItem) {
    this.item = item
  }
}

/**
 * The locations of a server, or of a location: finds the one for a URI by nginx's rules. An exact
 * location wins; else the longest prefix is kept and, unless it says `^~`, the first regular
 * expression that matches is taken instead. Nested locations are asked before outer ones. Only
 * regular expressions cost more the more there are.
 */
export class Locations {
  readonly #exact = new Map<string, Entry>()
  readonly #prefixes = new PrefixTree<Entry>()
  /** By the URI that lacks the slash. */
  readonly #slashes = new Map<string, LocationItem>()
  /** How long the longest of those is: to look up a longer URI would only hash it. */
  #longestSlash = 0
  readonly #regexes: { readonly regex: RegExp; readonly entry: Entry }[] = []
  readonly #named = new Map<string, LocationPlan>()

  constructor(items: readonly LocationItem[]) {
    for (const item of items) this.#add(item)
  }

  /**
   * The plan for `x.uri`; undefined when no location matches. When a regular expression decided,
   * its match becomes `x.captures`.
   */
  find(x: Exchange): LocationPlan | SlashRedirect | undefined {
    const found = this.#search(x)
    return found && 'entry' in found ? found.entry.item.plan : found
  }

  /** The plan of `@name`, the sign included. */
  named(name: string): LocationPlan | undefined {
    return this.#named.get(name)
  }

  #search(x: Exchange): Match | SlashRedirect | undefined {
    const { uri } = x
    const exact = this.#exact.size > 0 ? this.#exact.get(uri) : undefined
    if (exact) return exact.settled
    const prefix = this.#prefixes.longest(uri)
    const pattern = prefix?.item.pattern
    if (uri.length <= this.#longestSlash && pattern?.text.length !== uri.length) {
      const slash = this.#slashes.get(uri)
      if (slash) return slashRedirect(slash, x)
    }
    const nested = Locations.#inside(prefix, x)
    if (nested && (!('entry' in nested) || nested.settled)) return nested
    const alone = pattern?.kind === 'prefix' && pattern.alone
    return (alone ? undefined : this.#byRegex(x)) ?? nested ?? prefix?.likely
  }

  static #inside(entry: Entry | undefined, x: Exchange): Match | SlashRedirect | undefined {
    const nested = entry?.item.nested
    return nested ? nested.#search(x) : undefined
  }

  #byRegex(x: Exchange): Match | SlashRedirect | undefined {
    for (const { regex, entry } of this.#regexes) {
      const match = regex.exec(x.uri)
      if (!match) continue
      capture(x, match)
      const nested = Locations.#inside(entry, x)
      if (!nested) return entry.settled
      return 'entry' in nested ? nested.entry.settled : nested
    }
    return undefined
  }

  #add(item: LocationItem): void {
    const { pattern, plan } = item
    const entry = new Entry(item)
    switch (pattern.kind) {
      case 'exact':
        this.#exact.set(pattern.text, entry)
        break
      case 'prefix':
        this.#prefixes.set(pattern.text, entry)
        break
      case 'regex':
        this.#regexes.push({ regex: pattern.regex, entry })
        break
      case 'named':
        this.#named.set(pattern.text, plan)
    }
    if (item.redirects && pattern.text.endsWith('/') && pattern.kind !== 'regex') {
      this.#slashes.set(pattern.text.slice(0, -1), item)
      this.#longestSlash = Math.max(this.#longestSlash, pattern.text.length - 1)
    }
  }
}

function slashRedirect(item: LocationItem, x: Exchange): SlashRedirect {
  const path = escapePath(item.pattern.text)
  return { redirect: x.args ? `${path}?${x.args}` : path }
}
