import { type Block, isBranch, isOfBranches } from './block.ts'
import type { Group, Table } from './table.ts'

/** Which plugins take part in which blocks: a directive of theirs counts there, or `always`. */
export class Active {
  readonly #order: ReadonlyMap<Group, number>
  readonly #always: readonly Group[]
  readonly #passedOn = new Map<Block, ReadonlySet<Group>>()

  constructor({ plugins }: Table) {
    this.#order = new Map(plugins.map((group, index) => [group, index]))
    this.#always = plugins.filter(({ plugin }) => plugin?.always)
  }

  /** In the order of the plugin list. */
  in(block: Block): Group[] {
    const above = isBranch(block) ? aroundBranch(block) : []
    const found = new Set([...this.#always, ...this.#below(block), ...above, ...block.groups])
    const place = (group: Group): number => this.#order.get(group) ?? -1
    return [...found].filter((group) => this.#order.has(group)).sort((a, b) => place(a) - place(b))
  }

  /** Those that also take part in blocks inside this one. */
  #below(block: Block): ReadonlySet<Group> {
    const known = this.#passedOn.get(block)
    if (known) return known
    const above: ReadonlySet<Group> = block.parent ? this.#below(block.parent) : new Set()
    const added = [...block.written.values()]
      .filter(({ definition }) => definition.directive.inherits === 'replace')
      .flatMap(({ definition }) => definition.groups)
      .filter((group) => !above.has(group))
    const below = added.length === 0 ? above : new Set([...above, ...added])
    this.#passedOn.set(block, below)
    return below
  }
}

/** Who takes part around a branch in what its block does not pass on. */
function aroundBranch({ parent }: Block): Group[] {
  return [...(parent?.written.values() ?? [])]
    .filter(({ definition }) => isOfBranches(definition.directive))
    .flatMap(({ definition }) => definition.groups)
}
