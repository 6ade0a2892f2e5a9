import { capture, type Exchange, type Template } from 'gateway/plugin'

/**
 * The lines of a `map`, found in nginx's order: the exact text, the longest `*.name`, the longest
 * `name.*`, the first regular expression, the default.
 */
export class MapValues {
  default: Template | undefined
  readonly #exact = new Map<string, Template>()
  /** By what follows `*.`. */
  readonly #suffixes = new Map<string, Template>()
  /** By what precedes `.*`. */
  readonly #prefixes = new Map<string, Template>()
  /** Lengths: a text may have thousands of dots, of which few can begin or end a known name. */
  #longestSuffix = 0
  #longestPrefix = 0
  readonly #regexes: { readonly regex: RegExp; readonly value: Template }[] = []

  /** Whether the key was still free; keys count in any case. */
  add(kind: 'exact' | 'domain' | 'suffix' | 'prefix', key: string, value: Template): boolean {
    const name = lower(key)
    switch (kind) {
      case 'exact':
        return claim(this.#exact, name, value)
      case 'suffix':
        return this.#addSuffix(name.slice(2), value)
      case 'prefix':
        this.#longestPrefix = Math.max(this.#longestPrefix, name.length - 2)
        return claim(this.#prefixes, name.slice(0, -2), value)
      case 'domain':
        return claim(this.#exact, name.slice(1), value) && this.#addSuffix(name.slice(1), value)
    }
  }

  addRegex(regex: RegExp, value: Template): void {
    this.#regexes.push({ regex, value })
  }

  /** The value for a text; the groups of an expression that matches are the exchange's captures. */
  find(x: Exchange, text: string): Template | undefined {
    // As in nginx, no expression matches the empty text.
    if (text === '') return this.#exact.get('') ?? this.default
    return this.#byName(text) ?? this.#byRegex(x, text) ?? this.default
  }

  #byName(text: string): Template | undefined {
    // Keys are in lower case: what is found as it stands need not be changed.
    const found = this.#exact.get(text)
    if (found) return found
    const name = lower(text)
    return this.#exact.get(name) ?? this.#bySuffix(name) ?? this.#byPrefix(name)
  }

  #bySuffix(name: string): Template | undefined {
    if (this.#suffixes.size === 0) return undefined
    const first = Math.max(0, name.length - this.#longestSuffix - 1)
    for (let dot = name.indexOf('.', first); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const value = this.#suffixes.get(name.slice(dot + 1))
      if (value) return value
    }
    return undefined
  }

  #byPrefix(name: string): Template | undefined {
    if (this.#prefixes.size === 0) return undefined
    let dot = name.lastIndexOf('.', this.#longestPrefix)
    while (dot > 0) {
      const value = this.#prefixes.get(name.slice(0, dot))
      if (value) return value
      dot = name.lastIndexOf('.', dot - 1)
    }
    return undefined
  }

  #addSuffix(name: string, value: Template): boolean {
    this.#longestSuffix = Math.max(this.#longestSuffix, name.length)
    return claim(this.#suffixes, name, value)
  }

  #byRegex(x: Exchange, text: string): Template | undefined {
    for (const { regex, value } of this.#regexes) {
      const match = regex.exec(text)
      if (!match) continue
      capture(x, match)
      return value
    }
    return undefined
  }
}

function claim(values: Map<string, Template>, name: string, value: Template): boolean {
  if (values.has(name)) return false
  values.set(name, value)
  return true
}

/** ASCII letters in lower case; in a byte string the others are parts of characters. */
function lower(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text
}
