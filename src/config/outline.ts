import type { Scope } from '../kernel/directive/directive.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import { Branch } from '../kernel/phase/branch.ts'
import { Block, keyOf } from './block.ts'
import type { Problems } from './config-errors.ts'
import { withIncludes } from './content.ts'
import { type Occurrence, Shaper } from './shape.ts'
import type { Definition, Table } from './table.ts'
import { COMMAND_LINE, type ConfigTree, markOf, type RawPair } from './tree.ts'
import { whyNotHere } from './words/foreign.ts'

/**
 * Looks up every word of a configuration and puts it into its block, with its arguments counted
 * but not yet read. Returns the main block.
 */
export function outline(tree: ConfigTree, table: Table, problems: Problems): Block {
  const main = new Block('main', [], { file: tree.path, line: 1, column: 1 }, undefined)
  const outliner = new Outliner(tree, table, problems)
  // As in nginx, the command line comes first.
  const { globals } = tree
  if (globals !== undefined) outliner.fill(main, tree.sources[globals]?.pairs ?? [])
  outliner.fill(main, tree.sources[0]?.pairs ?? [])
  return main
}

class Outliner {
  readonly #tree: ConfigTree
  readonly #table: Table
  readonly #problems: Problems
  readonly #shaper: Shaper

  constructor(tree: ConfigTree, table: Table, problems: Problems) {
    this.#tree = tree
    this.#table = table
    this.#problems = problems
    this.#shaper = new Shaper(tree.sources)
  }

  fill(block: Block, pairs: readonly RawPair[]): void {
    for (const pair of withIncludes(pairs, this.#tree.sources)) {
      this.#problems.attempt(() => this.#add(block, pair))
    }
  }

  #add(block: Block, pair: RawPair): void {
    const name = pair.key.text
    const definition = this.#table.find(name, block.scope)
    if (!definition) {
      this.#unknown(pair, block.scope)
      return
    }
    for (const occurrence of this.#shaper.occurrences(pair, definition.directive)) {
      if (!this.#countsUp(definition, occurrence)) continue
      if (definition.opens) this.#open(block, definition, definition.opens, occurrence)
      else this.#write(block, definition, occurrence)
    }
  }

  #open(
    block: Block,
    definition: Definition,
    scope: Scope,
    { args, content, mark }: Occurrence,
  ): void {
    const { name, directive } = definition
    if (mark.file === COMMAND_LINE) {
      this.#problems.error(mark, 'block directives are not supported in -g option')
      return
    }
    const first = directive.repeat ? undefined : block.childrenIn(scope)[0]
    if (first) {
      this.#duplicate(name, mark, first.mark)
      return
    }
    const child = new Block(scope, args, mark, block)
    block.children.push(child)
    this.fill(child, content ?? [])
  }

  #write(block: Block, definition: Definition, { args, content, mark }: Occurrence): void {
    const { name, directive, groups } = definition
    const key = keyOf(directive)
    let written = block.written.get(key)
    if (written && !directive.repeat) {
      this.#duplicate(name, mark, written.nodes[0]?.mark ?? block.mark)
      return
    }
    const scope = directive.opens?.[block.scope]
    const branch = scope === undefined ? undefined : new Branch()
    if (scope !== undefined) {
      const child = new Block(scope, args, mark, block, branch)
      block.children.push(child)
      this.fill(child, content ?? [])
    }
    const lines = scope === undefined ? content : undefined
    const inner = lines && this.#problems.attempt(() => this.#shaper.nodes(lines, directive.shape))
    if (!written) {
      written = { definition, nodes: [], value: undefined, failed: false }
      block.written.set(key, written)
      for (const group of groups) block.groups.add(group)
    }
    written.nodes.push({
      name,
      args,
      mark,
      ...(inner && { block: inner }),
      ...(branch && { branch }),
    })
  }

  #duplicate(name: string, mark: Mark, first: Mark): void {
    const hint = `it stands at ${first.file}:${first.line}:${first.column} already`
    this.#problems.error(mark, `"${name}" directive is duplicate`, hint)
  }

  /** Whether the number of arguments is right. */
  #countsUp({ name, directive }: Definition, { args, mark }: Occurrence): boolean {
    const { min, max, usage } = directive.shape
    if (args.length >= min && args.length <= max) return true
    this.#problems.error(
      mark,
      `invalid number of arguments in "${name}" directive`,
      `usage: ${name} ${usage}`.trimEnd(),
    )
    return false
  }

  #unknown({ key }: RawPair, scope: Scope): void {
    const mark = markOf(this.#tree, key.at)
    const scopes = this.#table.scopesOf(key.text)
    if (scopes.length > 0) {
      this.#problems.error(
        mark,
        `"${key.text}" directive is not allowed here`,
        `it may stand in ${scopes.join(', ')}`,
      )
      return
    }
    const hint = whyNotHere(key.text) ?? this.#table.suggestion(key.text, scope)
    this.#problems.error(mark, `unknown directive "${key.text}"`, hint)
  }
}
