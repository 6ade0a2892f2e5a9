import type { Directive } from '../kernel/directive/directive.ts'
import { type Block, inheritsInto, isBranch, keyOf } from './block.ts'
import type { Group } from './table.ts'

/** The values of a group's directives in one place, by name. */
export type GroupValues = Readonly<Record<string, unknown>>

/**
 * What directives amount to in each block: written here, else written above, else the default;
 * a directive that never inherits only counts where it stands. Blocks that write nothing of a
 * group share one frozen object with the block above.
 */
export class Values {
  readonly #here = new Map<Group, Map<Block, GroupValues>>()
  readonly #below = new Map<Group, Map<Block, GroupValues>>()
  /** The same for those of a branch, which inherit more. */
  readonly #inBranches = new Map<Group, Map<Block, GroupValues>>()
  readonly #initial = new Map<Group, GroupValues>()

  /** The values in a block. */
  of(group: Group, block: Block): GroupValues {
    const above = block.parent ? this.#passedOn(group, block.parent, block) : this.initial(group)
    if (!block.groups.has(group)) return above
    return remember(this.#here, group, block, () => {
      const values = { ...above }
      for (const [name, directive] of Object.entries(group.directives)) {
        const written = block.written.get(keyOf(directive))
        if (!written || written.failed) continue
        const { join } = directive
        values[name] = join ? join(written.value, above[name]) : written.value
      }
      return Object.freeze(values)
    })
  }

  /** The values where nothing is written. */
  initial(group: Group): GroupValues {
    let values = this.#initial.get(group)
    if (!values) {
      const entries = Object.entries(group.directives) as [string, Directive<unknown>][]
      values = Object.freeze(
        Object.fromEntries(entries.map(([name, { initial }]) => [name, initial])),
      )
      this.#initial.set(group, values)
    }
    return values
  }

  /** What a block inside this one starts from. */
  #passedOn(group: Group, block: Block, inner: Block): GroupValues {
    if (!block.groups.has(group)) return this.of(group, block)
    const memo = isBranch(inner) ? this.#inBranches : this.#below
    return remember(memo, group, block, () => {
      const values = this.of(group, block)
      const own = Object.entries(group.directives).filter(
        ([, directive]) => !inheritsInto(directive, inner) && block.written.has(keyOf(directive)),
      )
      if (own.length === 0) return values
      const reset = own.map(([name, directive]) => [name, directive.initial])
      return Object.freeze({ ...values, ...Object.fromEntries(reset) })
    })
  }
}

function remember(
  memo: Map<Group, Map<Block, GroupValues>>,
  group: Group,
  block: Block,
  make: () => GroupValues,
): GroupValues {
  const ofGroup = memo.get(group) ?? new Map<Block, GroupValues>()
  memo.set(group, ofGroup)
  const values = ofGroup.get(block) ?? make()
  ofGroup.set(block, values)
  return values
}
