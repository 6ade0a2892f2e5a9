import type { Directive, Node, Scope } from '../../kernel/directive/directive.ts'
import type { Mark } from '../../kernel/directive/mark.ts'
import { withIncludes } from '../content.ts'
import { Shaper } from '../shape.ts'
import type { Table } from '../table.ts'
import type { ConfigTree, RawPair } from '../tree.ts'
import { CommentFinder, type Remarks } from './comments.ts'

/** One time a directive is written, with whatever syntax, and all that is in it. */
export interface Item {
  readonly name: string
  readonly args: readonly string[]
  readonly directive: Directive<unknown> | undefined
  /** Of a block. */
  readonly items: readonly Item[] | undefined
  readonly remarks: Remarks
}

/** The directives of a tree, which compiles, with those of included files in their places. */
export function itemsOf(tree: ConfigTree, table: Table): { items: Item[]; last: string[] } {
  const finder = new CommentFinder(tree)
  const lister = new Lister(tree, table, finder)
  return { items: lister.list(tree.sources[0]?.pairs ?? [], 'main'), last: finder.rest() }
}

class Lister {
  readonly #tree: ConfigTree
  readonly #table: Table
  readonly #finder: CommentFinder
  readonly #shaper: Shaper

  constructor(tree: ConfigTree, table: Table, finder: CommentFinder) {
    this.#tree = tree
    this.#table = table
    this.#finder = finder
    this.#shaper = new Shaper(tree.sources)
  }

  list(pairs: readonly RawPair[], scope: Scope): Item[] {
    return withIncludes(pairs, this.#tree.sources).flatMap((pair) => {
      const definition = this.#table.find(pair.key.text, scope)
      if (!definition) return []
      const { directive, name } = definition
      const opens = definition.opens ?? directive.opens?.[scope]
      return this.#shaper.occurrences(pair, directive).map(({ args, content, mark }) => {
        const remarks = this.#finder.of(mark)
        return {
          name,
          args,
          directive,
          remarks,
          items: content && this.#inside(content, opens, directive),
        }
      })
    })
  }

  #inside(
    content: readonly RawPair[],
    opens: Scope | undefined,
    directive: Directive<unknown>,
  ): Item[] {
    if (opens !== undefined) return this.list(content, opens)
    return this.#shaper.nodes(content, directive.shape).map((node) => this.#line(node))
  }

  #line({ name, args, block, mark }: Node & { mark: Mark }): Item {
    const remarks = this.#finder.of(mark)
    const items = block?.map((each) => this.#line(each))
    return { name, args, directive: undefined, remarks, items }
  }
}
