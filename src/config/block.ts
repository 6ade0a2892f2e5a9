import type { Directive, Node, Scope } from '../kernel/directive/directive.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import type { Branch } from '../kernel/phase/branch.ts'
import type { Definition, Group } from './table.ts'

/** One time a directive is written. */
export interface Occurring extends Node {
  /** Of one that opens a block. */
  readonly branch?: Branch
}

/** What directives are told apart by in a block: those of a sequence are one. */
export type Key = Directive<unknown> | symbol

export function keyOf(directive: Directive<unknown>): Key {
  return directive.sequence ?? directive
}

/** What one block says of one directive, or of all those of a sequence. */
export interface Written {
  readonly definition: Definition
  /** Each time it stands there, in order. */
  readonly nodes: Occurring[]
  /** The final value, once it was read; undefined when reading failed. */
  value: unknown
  failed: boolean
}

/** A block that holds directives: main, events, http, upstream, server, location, if, limit_except. */
export class Block {
  readonly scope: Scope
  readonly args: readonly string[]
  readonly mark: Mark
  readonly parent: Block | undefined
  readonly written = new Map<Key, Written>()
  /** Who has something written here. */
  readonly groups = new Set<Group>()
  readonly children: Block[] = []
  /** What a directive opened it for. */
  readonly branch: Branch | undefined

  constructor(
    scope: Scope,
    args: readonly string[],
    mark: Mark,
    parent: Block | undefined,
    branch?: Branch,
  ) {
    this.scope = scope
    this.args = args
    this.mark = mark
    this.parent = parent
    this.branch = branch
  }

  childrenIn(scope: Scope): Block[] {
    return this.children.filter((child) => child.scope === scope)
  }

  /** What counts here for a directive: written here or, where it inherits, further up. */
  effective(directive: Directive<unknown>): Written | undefined {
    const key = keyOf(directive)
    const here = this.written.get(key)
    if (here) return here
    if (!inheritsInto(directive, this)) return undefined
    for (let above = this.parent; above; above = above.parent) {
      const found = above.written.get(key)
      if (found || directive.inherits !== 'replace') return found
    }
    return undefined
  }

  /** Where a directive that counts here stands: its last occurrence. */
  markOf(directive: Directive<unknown>): Mark | undefined {
    return this.effective(directive)?.nodes.at(-1)?.mark
  }
}

/** Whether a block is one whose settings count in its location once a condition holds. */
export function isBranch({ scope }: Block): boolean {
  return scope === 'if' || scope === 'limit_except'
}

/** Whether a directive that does not inherit counts in an `if` where it stands. */
export function isOfBranches({ claims, inherits }: Directive<unknown>): boolean {
  return inherits === 'branch' || claims === 'content'
}

/**
 * Whether what the block above says of a directive counts in a block, too. In a branch even the
 * content does: as in nginx, it is made as without the branch, unless that says otherwise.
 */
export function inheritsInto(directive: Directive<unknown>, block: Block): boolean {
  return directive.inherits === 'replace' || (isBranch(block) && isOfBranches(directive))
}
