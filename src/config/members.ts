import type { Level } from '../base/level.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import { type Stand, workInside } from '../kernel/exchange/own-exchange.ts'
import type { Beginning, Readying } from '../kernel/phase/plan.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { Serving } from '../kernel/process/serving.ts'
import type { LocationSettings } from '../kernel/settings/location.ts'
import { Active } from './active.ts'
import type { Block } from './block.ts'
import type { Problems } from './config-errors.ts'
import type { GroupValues, Values } from './inherit.ts'
import { PlaceView } from './place-view.ts'
import type { Group, Table } from './table.ts'
import type { TempFolders } from './temp-folders.ts'

/** A plugin that takes part in a place. The same member stands in every place it is the same for. */
export interface Member {
  readonly id: number
  readonly plugin: AnyPlugin
  readonly values: GroupValues
  /** What its handlers and filters get. */
  readonly config: unknown
}

/** Finds the members of each place, and makes as few of them as it can. */
export class Members {
  readonly #active: Active
  readonly #table: Table
  readonly #values: Values
  readonly #folders: TempFolders
  readonly #problems: Problems
  /** Where a block's exchanges stand, once all is compiled. */
  readonly #standIn: (block: Block) => Stand
  /** By values; undefined for a plugin that declined. */
  readonly #shared = new Map<Group, Map<GroupValues, Member | undefined>>()
  #count = 0
  /** What has to be made ready, once for each prepared configuration. */
  readonly readying: Readying[] = []
  /** What a worker begins, once for each prepared configuration. */
  readonly beginnings: Beginning[] = []

  constructor(
    table: Table,
    values: Values,
    folders: TempFolders,
    problems: Problems,
    standIn: (block: Block) => Stand,
  ) {
    this.#active = new Active(table)
    this.#table = table
    this.#values = values
    this.#folders = folders
    this.#problems = problems
    this.#standIn = standIn
  }

  /** In the order of the plugin list. */
  of(block: Block, name: string): Member[] {
    const members: Member[] = []
    for (const group of this.#active.in(block)) {
      const member = this.#failed(group, block) ? undefined : this.#member(group, block, name)
      if (member) members.push(member)
    }
    return members
  }

  #member(group: Group, block: Block, name: string): Member | undefined {
    const { plugin } = group
    if (!plugin) return undefined
    const values = this.#values.of(group, block)
    const shared = this.#shared.get(group) ?? new Map<GroupValues, Member | undefined>()
    this.#shared.set(group, shared)
    if (shared.has(values)) return shared.get(values)
    const settings = this.#values.of(this.#table.kernel.location, block) as LocationSettings
    const place = new PlaceView(
      name,
      settings,
      this.#folders,
      block,
      this.#table,
      this.#values,
      this.#problems,
    )
    const config = plugin.prepare
      ? this.#problems.attemptPlugin(block.mark, plugin.name, () => plugin.prepare?.(values, place))
      : values
    const member = config === undefined ? undefined : { id: this.#count++, plugin, values, config }
    if (member && plugin.ready) this.#getReady(plugin, config, block.mark)
    if (member && plugin.begin) this.#begin(plugin, config, settings, block)
    if (!place.looked) shared.set(values, member)
    return member
  }

  #getReady(plugin: AnyPlugin, config: unknown, mark: Mark): void {
    let made: Promise<string | undefined> | undefined
    const run = (handed: string | undefined) => {
      made ??= Promise.resolve(plugin.ready?.(config, handed))
      return made
    }
    this.readying.push({ plugin: plugin.name, mark, run })
  }

  #begin(plugin: AnyPlugin, config: unknown, settings: LocationSettings, block: Block): void {
    const log = (level: Level, text: string) => settings.error_log.write(level, text)
    const run: Beginning['run'] = (hold) => {
      const inside: Serving['inside'] = (work) => workInside(this.#standIn(block), hold, work)
      return plugin.begin?.(config, { hold, log, inside }) ?? (() => {})
    }
    this.beginnings.push({ plugin: plugin.name, run })
  }

  /** Whether a value is missing because its directive was refused: that error is enough. */
  #failed(group: Group, block: Block): boolean {
    if (this.#problems.errors.length === 0) return false
    return Object.values(group.directives).some((each) => block.effective(each)?.failed)
  }
}
