import type { Directive, Node, Scope } from '../kernel/directive/directive.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import type { Definition, Group } from './table.ts'

/** What one block says of one directive. */
export interface Written {
  readonly definition: Definition
  /** Each time it stands there, in order. */
  readonly nodes: Node[]
  /** The final value, once it was read; undefined when reading failed. */
  value: unknown
  failed: boolean
}

/** A block of the configuration's own structure: main, events, http, upstream, server, location. */
export class Block {
  readonly scope: Scope
  readonly args: readonly string[]
  readonly mark: Mark
  readonly parent: Block | undefined
  readonly written = new Map<Directive<unknown>, Written>()
  /** Who has something written here. */
  readonly groups = new Set<Group>()
  readonly children: Block[] = []

  constructor(scope: Scope, args: readonly string[], mark: Mark, parent: Block | undefined) {
    this.scope = scope
    this.args = args
    this.mark = mark
    this.parent = parent
  }

  childrenIn(scope: Scope): Block[] {
    return this.children.filter((child) => child.scope === scope)
  }

  /** What counts here for a directive: written here or, where it inherits, further up. */
  effective(directive: Directive<unknown>): Written | undefined {
    const here = this.written.get(directive)
    if (here || directive.inherits === 'never') return here
    for (let above = this.parent; above; above = above.parent) {
      const found = above.written.get(directive)
      if (found) return found
    }
    return undefined
  }

  /** Where a directive that counts here stands: its last occurrence. */
  markOf(directive: Directive<unknown>): Mark | undefined {
    return this.effective(directive)?.nodes.at(-1)?.mark
  }
}
