import type { Directive, Node, Shape } from '../kernel/directive/directive.ts'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { contentPairs, withIncludes } from './content.ts'
import { LexError, splitWords } from './lexer.ts'
import {
  markOf,
  type RawMap,
  type RawPair,
  type RawText,
  type RawValue,
  type RawWords,
  type Source,
} from './tree.ts'

/** One time a directive is written. */
export interface Occurrence {
  readonly args: readonly string[]
  /** What stands between its braces, for a block. */
  readonly content: readonly RawPair[] | undefined
  readonly mark: Mark
}

/**
 * Gives raw values their meaning, by one set of rules for every directive: a scalar is arguments;
 * a list is one occurrence an item where the directive may repeat, else its arguments; a mapping
 * is arguments and their blocks for a block directive, else `key=value` parameters.
 */
export class Shaper {
  readonly #sources: readonly Source[]

  constructor(sources: readonly Source[]) {
    this.#sources = sources
  }

  /** All that `name: value` says of a directive. */
  occurrences({ key, value }: RawPair, directive: Directive<unknown>): Occurrence[] {
    if ('words' in value) return [this.#spelled(key, value, directive)]
    if (directive.shape.kind === 'block') return this.#blocks(key, value, directive)
    if ('list' in value && directive.repeat) {
      return value.list.map((item) => this.#simple(item, item, directive))
    }
    return [this.#simple(key, value, directive)]
  }

  /** A block that holds no directives, such as that of `types`. */
  nodes(pairs: readonly RawPair[], shape: Shape): Node[] {
    const one = shape.lines === 'pairs'
    return withIncludes(pairs, this.#sources).map(({ key, value }) => {
      if ('words' in value) return this.#line(key, value, shape)
      const [name = '', ...first] = one && key.quoted ? [this.#oneWord(key)] : this.#words(key)
      const mark = this.#mark(key)
      if (isBlock(value)) {
        const block = this.nodes(contentPairs(value, this.#sources), shape)
        return { name, args: first, mark, block }
      }
      const single = one && 'text' in value && value.quoted
      const more = single ? [this.#oneWord(value)] : this.#args(value)
      return { name, args: [...first, ...more], mark }
    })
  }

  #simple(place: RawValue, value: RawValue, { shape }: Directive<unknown>): Occurrence {
    const single = shape.max === 1 && 'text' in value && value.quoted
    const args = single ? [this.#oneWord(value)] : this.#args(value)
    return { args, content: undefined, mark: this.#mark(place) }
  }

  /** In nginx's syntax, which tells arguments and blocks apart. */
  #spelled(key: RawText, { words, content }: RawWords, { shape }: Directive<unknown>): Occurrence {
    const isBlock = shape.kind === 'block'
    if (content && !isBlock) {
      throw this.#error(key, `directive "${key.text}" is not terminated by ";"`)
    }
    if (!content && isBlock) throw this.#error(key, `directive "${key.text}" has no opening "{"`)
    return { args: words, content, mark: this.#mark(key) }
  }

  #line({ text, at }: RawText, { words, content }: RawWords, shape: Shape): Node {
    const line = { name: text, args: words, mark: markOf({ sources: this.#sources }, at) }
    return content ? { ...line, block: this.nodes(content, shape) } : line
  }

  #args(value: RawValue): readonly string[] {
    if ('words' in value) return value.words
    if ('text' in value) return this.#words(value)
    if ('map' in value) return this.#parameters(value)
    return value.list.flatMap((item) => {
      if ('list' in item) throw this.#error(item, 'a list inside of arguments')
      return 'text' in item && item.quoted ? this.#oneWord(item) : this.#args(item)
    })
  }

  /** `{ zone: a, burst: 5, nodelay: on }` is `zone=a burst=5 nodelay`. */
  #parameters({ map }: RawMap): string[] {
    return map.map(({ key, value }) => {
      if (!('text' in value)) {
        throw this.#error(value, `parameter "${key.text}" needs a plain value`)
      }
      return value.text === 'on' ? key.text : `${key.text}=${this.#oneWord(value)}`
    })
  }

  #blocks(key: RawText, value: RawValue, directive: Directive<unknown>): Occurrence[] {
    if (directive.shape.max > 0) return this.#named(key, value, directive)
    if ('list' in value && directive.repeat) {
      return value.list.map((item) => this.#block([], item, item))
    }
    const { shorthand } = directive.shape
    if (shorthand !== undefined && 'text' in value && value.text !== '') {
      const line = { key: { text: shorthand, at: key.at }, value }
      return [{ args: [], content: [line], mark: this.#mark(key) }]
    }
    return [this.#block([], value, key)]
  }

  /** Blocks with arguments: the keys of a mapping, or of a list of mappings. */
  #named(key: RawText, value: RawValue, directive: Directive<unknown>): Occurrence[] {
    if ('list' in value) return value.list.flatMap((item) => this.#named(key, item, directive))
    if (!('map' in value)) {
      const usage = directive.shape.usage.replace(/ ?\{ \.\.\. \}$/, '')
      throw this.#error(
        value.at === key.at ? key : value,
        `directive "${key.text}" needs a block`,
        `write "${key.text}: { ${usage}: { ... } }"`,
      )
    }
    return withIncludes(value.map, this.#sources).map((pair) => {
      const one = directive.shape.max === 1 && pair.key.quoted
      const args = one ? [this.#oneWord(pair.key)] : this.#words(pair.key)
      return this.#block(args, pair.value, pair.key)
    })
  }

  #block(args: readonly string[], value: RawValue, place: RawValue): Occurrence {
    return { args, content: contentPairs(value, this.#sources), mark: this.#mark(place) }
  }

  #words(value: RawText): string[] {
    // An empty text in quotes is an argument, nothing at all is none.
    if (value.text === '') return value.quoted ? [''] : []
    try {
      return splitWords(value.text)
    } catch (error) {
      if (!(error instanceof LexError)) throw error
      throw this.#error(value, error.message, error.hint)
    }
  }

  /** A text where one argument is wanted: white space in it needs no second pair of quotes. */
  #oneWord(value: RawText): string {
    try {
      const words = splitWords(value.text)
      return words.length === 1 ? (words[0] as string) : value.text
    } catch (error) {
      if (!(error instanceof LexError)) throw error
      if (value.quoted) return value.text
      throw this.#error(value, error.message, error.hint)
    }
  }

  #mark(value: RawValue): Mark {
    return markOf({ sources: this.#sources }, value.at)
  }

  #error(value: RawValue, text: string, hint?: string): ConfigError {
    return new ConfigError(this.#mark(value), text, hint)
  }
}

/** A mapping, or a list of mappings, which may name one thing several times. */
function isBlock(value: RawValue): boolean {
  if ('list' in value) return value.list.length > 0 && value.list.every((item) => 'map' in item)
  return 'map' in value
}
