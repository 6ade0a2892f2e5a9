import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  Parser,
  type YAMLError,
} from 'yaml'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { MAX_ALIAS_NODES, MAX_NESTING } from './limits.ts'
import type { At, RawPair, RawText, RawValue } from './tree.ts'

/** A YAML text as raw values, and how many of them. */
export interface YamlText {
  /** Undefined when nothing is written. */
  readonly value: RawValue | undefined
  readonly nodes: number
}

/**
 * Reads one YAML document. Scalars keep their source text, aliases are replaced by what they
 * stand for, and `include` is asked for the sources that an `include` names.
 */
export function readYaml(
  text: string,
  source: number,
  file: string,
  include: (pattern: RawText) => readonly number[],
): YamlText {
  const lines = new LineCounter()
  const document = parse(text, file, lines)
  const reader = new YamlReader(document, source, file, lines, include)
  const value = document.contents === null ? undefined : reader.value(document.contents, 0)
  return { value, nodes: reader.nodes }
}

function parse(text: string, file: string, lines: LineCounter): Document.Parsed {
  const start: Mark = { file, line: 1, column: 1 }
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  // Composing recurses, parsing does not: the depth is known before it can hurt.
  if (tokens.some((token) => nesting(token) > MAX_NESTING)) {
    throw new ConfigError(start, `values are nested deeper than ${MAX_NESTING}`)
  }
  // The failsafe schema knows strings, lists and mappings only: no `yes`, no `1.10` as 1.1.
  const composer = new Composer<ParsedNode, true>({ schema: 'failsafe', uniqueKeys: false })
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  if (!document) throw new ConfigError(start, 'a YAML document was expected')
  if (second) {
    const { line, col } = lines.linePos(second.range[0])
    throw new ConfigError({ file, line, column: col }, 'a configuration file is one YAML document')
  }
  const [first] = [...document.errors, ...document.warnings].filter(
    (each) => !isNamedLocation(each, text),
  )
  if (!first) return document
  const { line, col } = lines.linePos(first.pos[0])
  throw new ConfigError(
    { file, line: Math.max(1, line), column: Math.max(1, col) },
    ...explain(first),
  )
}

function nesting(root: CST.Token): number {
  let deepest = 0
  const open: [token: CST.Token, depth: number][] = [[root, 0]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [token, depth] = next
    deepest = Math.max(deepest, depth)
    if (token.type === 'document' && token.value) open.push([token.value, depth])
    if (!('items' in token)) continue
    for (const { key, value } of token.items) {
      if (key) open.push([key, depth + 1])
      if (value) open.push([value, depth + 1])
    }
  }
  return deepest
}

/** YAML reserves `@` for the future; `@name` of a location is taken all the same. */
function isNamedLocation(error: YAMLError, text: string): boolean {
  return error.code === 'BAD_SCALAR_START' && text[error.pos[0]] === '@'
}

function explain(error: YAMLError): [message: string, hint?: string] {
  const message = error.message.charAt(0).toLowerCase() + error.message.slice(1)
  switch (error.code) {
    case 'TAG_RESOLVE_FAILED':
      return ['tags have no meaning here', 'put quotes around text that starts with "!"']
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
    case 'BAD_SCALAR_START':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return [message, 'put quotes around text that contains [ ] { } , ": " or " #"']
    case 'TAB_AS_INDENT':
      return [message, 'indent with spaces']
    default:
      return [message]
  }
}

class YamlReader {
  nodes = 0
  #aliased = 0
  #inAlias = false
  readonly #document: Document
  readonly #source: number
  readonly #file: string
  readonly #lines: LineCounter
  readonly #include: (pattern: RawText) => readonly number[]

  constructor(
    document: Document,
    source: number,
    file: string,
    lines: LineCounter,
    include: (pattern: RawText) => readonly number[],
  ) {
    this.#document = document
    this.#source = source
    this.#file = file
    this.#lines = lines
    this.#include = include
  }

  value(node: Node, depth: number): RawValue {
    const at = this.#at(node)
    this.#count(at, depth)
    if (isAlias(node)) return this.#alias(node, at, depth)
    if (isScalar(node)) return this.#text(node, at)
    if (isSeq(node)) {
      return { at, list: node.items.map((item) => this.value(item as Node, depth + 1)) }
    }
    if (isMap(node)) return { at, map: node.items.map((pair) => this.#pair(pair, at, depth)) }
    throw this.#error(at, 'unexpected value')
  }

  #text(node: Node, at: At): RawText {
    if (!isScalar(node)) throw this.#error(at, 'a key must be plain text')
    const text = node.source ?? String(node.value ?? '')
    return node.type === undefined || node.type === 'PLAIN'
      ? { text, at }
      : { text, quoted: true, at }
  }

  #pair(pair: Pair, above: At, depth: number): RawPair {
    const node = pair.key as Node | null
    if (node === null) throw this.#error(above, 'a key is missing')
    const key = this.#text(node, this.#at(node))
    this.#count(key.at, depth)
    const value: RawValue =
      pair.value === null ? { text: '', at: key.at } : this.value(pair.value as Node, depth + 1)
    const patterns = key.text === 'include' ? textsOf(value) : undefined
    if (!patterns) return { key, value }
    return { key, value, sources: patterns.flatMap((pattern) => this.#include(pattern)) }
  }

  #alias(alias: Alias, at: At, depth: number): RawValue {
    const target = alias.resolve(this.#document)
    if (!target) {
      throw this.#error(
        at,
        `unknown alias "*${alias.source}"`,
        `put quotes around text that starts with "*": "*${alias.source}"`,
      )
    }
    const outermost = !this.#inAlias
    this.#inAlias = true
    const value = this.value(target as Node, depth + 1)
    if (outermost) this.#inAlias = false
    return value
  }

  #count(at: At, depth: number): void {
    this.nodes++
    if (depth > MAX_NESTING) throw this.#error(at, `values are nested deeper than ${MAX_NESTING}`)
    if (this.#inAlias && ++this.#aliased > MAX_ALIAS_NODES) {
      throw this.#error(at, `aliases expand to more than ${MAX_ALIAS_NODES} values`)
    }
  }

  #at(node: Node): At {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0)
    return [this.#source, line, col]
  }

  #error(at: At, text: string, hint?: string): ConfigError {
    const mark: Mark = { file: this.#file, line: at[1], column: at[2] }
    return new ConfigError(mark, text, hint)
  }
}

/** The texts of a scalar or of a list of scalars; undefined for anything else. */
function textsOf(value: RawValue): readonly RawText[] | undefined {
  if ('text' in value) return [value]
  if (!('list' in value)) return undefined
  const texts = value.list.filter((item) => 'text' in item)
  return texts.length === value.list.length ? texts : undefined
}
