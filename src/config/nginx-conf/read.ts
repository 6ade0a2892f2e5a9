import { ConfigError } from '../../kernel/directive/mark.ts'
import { MAX_NESTING } from '../limits.ts'
import { type At, COMMAND_LINE, type RawPair, type RawText } from '../tree.ts'
import { type Comment, type Statement, TokenReader } from './tokens.ts'

/** A text in nginx's syntax as raw values, and how many of them. */
export interface NginxText {
  readonly pairs: readonly RawPair[]
  readonly nodes: number
  readonly comments: readonly Comment[]
}

/**
 * Reads a text in nginx's syntax into the same values as YAML's. `include` is asked for the
 * sources that an `include` names, wherever it stands.
 */
export function readNginx(
  text: string,
  source: number,
  file: string,
  include: (pattern: RawText) => readonly number[],
): NginxText {
  const tokens = new TokenReader(text, file)
  const reader = new NginxReader(tokens, source, file, include)
  const pairs = reader.file()
  return { pairs, nodes: reader.nodes, comments: tokens.comments }
}

class NginxReader {
  nodes = 0
  readonly #tokens: TokenReader
  readonly #source: number
  readonly #file: string
  readonly #include: (pattern: RawText) => readonly number[]

  constructor(
    tokens: TokenReader,
    source: number,
    file: string,
    include: (pattern: RawText) => readonly number[],
  ) {
    this.#tokens = tokens
    this.#source = source
    this.#file = file
    this.#include = include
  }

  file(): RawPair[] {
    const pairs: RawPair[] = []
    for (let next = this.#tokens.next(); next; next = this.#tokens.next()) {
      if (next === '}') throw this.#tokens.error('unexpected "}"', 'no block is open here')
      pairs.push(this.#pair(next, 1))
    }
    return pairs
  }

  #block(opened: Statement, depth: number): RawPair[] {
    const { line, column, words } = opened
    if (depth > MAX_NESTING) {
      const mark = { file: this.#file, line, column }
      throw new ConfigError(mark, `blocks are nested deeper than ${MAX_NESTING}`)
    }
    const pairs: RawPair[] = []
    for (;;) {
      const next = this.#tokens.next()
      if (next === '}') return pairs
      if (!next) {
        const hint = `the block "${words[0]}" of line ${line} is not closed`
        throw this.#tokens.error('unexpected end of file, expecting "}"', hint)
      }
      pairs.push(this.#pair(next, depth + 1))
    }
  }

  #pair(statement: Statement, depth: number): RawPair {
    const { words, opens, line, column, ends } = statement
    const [name = '', ...args] = words
    this.nodes += words.length
    const at: At = ends === line ? [this.#source, line, column] : [this.#source, line, column, ends]
    const key = { text: name, at }
    if (name === 'include') return this.#included(key, args, opens)
    if (!opens) return { key, value: { words: args, at } }
    if (this.#file === COMMAND_LINE) {
      const mark = { file: this.#file, line, column }
      throw new ConfigError(mark, 'block directives are not supported in -g option')
    }
    return { key, value: { words: args, content: this.#block(statement, depth), at } }
  }

  #included(key: RawText, args: readonly string[], opens: boolean): RawPair {
    const [pattern] = args
    const [, line, column] = key.at
    const mark = { file: this.#file, line, column }
    if (opens) throw new ConfigError(mark, 'directive "include" is not terminated by ";"')
    if (pattern === undefined || args.length > 1) {
      throw new ConfigError(mark, 'invalid number of arguments in "include" directive')
    }
    const sources = this.#include({ text: pattern, at: key.at })
    return { key, value: { words: args, at: key.at }, sources }
  }
}
