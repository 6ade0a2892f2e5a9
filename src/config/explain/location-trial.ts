import { compileRegex } from '../../base/regex.ts'
import { type LocationPattern, readLocationPattern } from '../../kernel/route/location-pattern.ts'
import type { Block } from '../block.ts'

/** A location block and what it matches. */
interface Item {
  readonly block: Block
  readonly pattern: LocationPattern
}

type Prefix = Item & { readonly pattern: Extract<LocationPattern, { kind: 'prefix' }> }

/** What a search came to. */
export interface Found {
  readonly block: Block
  readonly reason: string
  /** No regular expression further out may overrule it. */
  readonly settled: boolean
}

/** What a location is called, as written: `~ \.php$`. */
export function locationName({ args }: Block): string {
  return args.join(' ')
}

/**
 * Goes the way `Locations` goes, and notes for each location that was looked at why it was or was
 * not taken. Which one it is `Locations` itself says.
 */
export class LocationTrial {
  /** In the order written, those inside a location behind it. */
  readonly reasons = new Map<Block, string>()
  readonly #uri: string

  constructor(uri: string) {
    this.#uri = uri
  }

  /** The location among those of a server, or of a location, with the reason. */
  search(around: Block): Found | undefined {
    const items = around.childrenIn('location').map(itemOf)
    for (const { block, pattern } of items) {
      this.reasons.set(block, pattern.kind === 'named' ? 'only internal redirects lead there' : '')
    }
    return this.#exact(items) ?? this.#withoutSlash(items) ?? this.#byPattern(items)
  }

  #exact(items: readonly Item[]): Found | undefined {
    const found = items.find(({ pattern }) => {
      return pattern.kind === 'exact' && pattern.text === this.#uri
    })
    if (!found) {
      for (const { block, pattern } of items) {
        if (pattern.kind === 'exact') this.reasons.set(block, 'is for another URI')
      }
      return undefined
    }
    this.#passOver(items, found.block, `${locationName(found.block)} is exactly the URI`)
    return { block: found.block, reason: 'is exactly the URI', settled: true }
  }

  /** `/dir` where `/dir/` makes its own content. */
  #withoutSlash(items: readonly Item[]): Found | undefined {
    if (this.#longest(items)?.pattern.text === this.#uri) return undefined
    const found = items.find(({ block, pattern }) => {
      return pattern.kind !== 'regex' && pattern.text === `${this.#uri}/` && hasClaim(block)
    })
    if (!found) return undefined
    this.#passOver(items, found.block, `${locationName(found.block)} is the URI with a slash`)
    return { block: found.block, reason: 'is the URI with a slash', settled: true }
  }

  #byPattern(items: readonly Item[]): Found | undefined {
    const prefix = this.#longest(items)
    for (const { block, pattern } of items) {
      if (pattern.kind !== 'prefix' || block === prefix?.block) continue
      const shorter = prefix && this.#uri.startsWith(pattern.text)
      const text = shorter
        ? `is shorter than ${locationName(prefix.block)}`
        : 'is no prefix of the URI'
      this.reasons.set(block, text)
    }
    const nested = prefix && this.#inside(prefix.block)
    if (nested?.settled) {
      this.#skipRegexes(items, `${locationName(nested.block)} inside of a prefix comes first`)
      return nested
    }
    if (prefix?.pattern.alone) {
      this.#skipRegexes(items, `${locationName(prefix.block)} is the longest prefix and has ^~`)
      return nested ?? { block: prefix.block, reason: `${LONGEST}, and has ^~`, settled: false }
    }
    const byRegex = this.#byRegex(items)
    if (!byRegex) return nested ?? (prefix && asLongest(prefix, items))
    const overruled = `${LONGEST}, but ${locationName(byRegex.block)} matches`
    for (const each of [prefix, nested]) if (each) this.reasons.set(each.block, overruled)
    return byRegex
  }

  #byRegex(items: readonly Item[]): Found | undefined {
    for (const { block, pattern } of items) {
      if (pattern.kind !== 'regex') continue
      if (!pattern.regex.test(this.#uri)) {
        this.reasons.set(block, 'does not match')
        continue
      }
      this.#skipRegexes(items, `${locationName(block)} before it matches`)
      const nested = this.#inside(block)
      if (nested) return { ...nested, settled: true }
      const reason = 'is the first regular expression that matches'
      return { block, reason, settled: true }
    }
    return undefined
  }

  /** What is found in a location, which is then not taken itself. */
  #inside(block: Block): Found | undefined {
    const found = this.search(block)
    if (found) this.reasons.set(block, `${locationName(found.block)} inside of it is taken`)
    return found
  }

  #longest(items: readonly Item[]): Prefix | undefined {
    let longest: Prefix | undefined
    for (const item of items) {
      if (!isPrefix(item) || !this.#uri.startsWith(item.pattern.text)) continue
      if (!longest || item.pattern.text.length > longest.pattern.text.length) longest = item
    }
    return longest
  }

  #passOver(items: readonly Item[], found: Block, why: string): void {
    for (const { block, pattern } of items) {
      if (block === found || pattern.kind === 'named') continue
      this.reasons.set(block, `not tried: ${why}`)
    }
  }

  /** Those that nothing is known of yet. */
  #skipRegexes(items: readonly Item[], why: string): void {
    for (const { block, pattern } of items) {
      const open = pattern.kind === 'regex' && this.reasons.get(block) === ''
      if (open) this.reasons.set(block, `not tried: ${why}`)
    }
  }
}

const LONGEST = 'is the longest prefix of the URI'

function asLongest({ block }: Item, items: readonly Item[]): Found {
  const regexes = items.some(({ pattern }) => pattern.kind === 'regex')
  const reason = regexes ? `${LONGEST}, and no regular expression matches` : LONGEST
  return { block, reason, settled: false }
}

function isPrefix(item: Item): item is Prefix {
  return item.pattern.kind === 'prefix'
}

/** As compiled before: nothing is wrong with it. */
function itemOf(block: Block): Item {
  const fail = (text: string): never => {
    throw new Error(text)
  }
  return { block, pattern: readLocationPattern(block.args, { regex: compileRegex, fail }) }
}

/** Whether something in the block makes the content of its location. */
function hasClaim(block: Block): boolean {
  return [...block.written.values()].some(({ definition: { directive }, value }) => {
    return directive.claims === 'content' && value !== directive.initial
  })
}
