import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import type { Place } from '../kernel/plugin-record.ts'
import type { ServerName } from '../kernel/route/server-name.ts'
import type { LocationSettings } from '../kernel/settings/location.ts'
import type { TempPath } from '../kernel/settings/temp-path.ts'
import type { Template } from '../kernel/variable/template.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import { type Block, isBranch } from './block.ts'
import type { Problems } from './config-errors.ts'
import type { Values } from './inherit.ts'
import type { Table } from './table.ts'
import type { TempFolders } from './temp-folders.ts'

/** A place as a plugin's `prepare` sees it, which notes whether it was looked at. */
export class PlaceView implements Place {
  /** If not, what was prepared holds for every place with the same values. */
  looked = false
  readonly #name: string
  readonly #settings: LocationSettings
  readonly #folders: TempFolders
  readonly #block: Block
  readonly #table: Table
  readonly #values: Values
  readonly #problems: Problems

  constructor(
    name: string,
    settings: LocationSettings,
    folders: TempFolders,
    block: Block,
    table: Table,
    values: Values,
    problems: Problems,
  ) {
    this.#name = name
    this.#settings = settings
    this.#folders = folders
    this.#block = block
    this.#table = table
    this.#values = values
    this.#problems = problems
  }

  get scope(): 'server' | 'location' {
    const block = this.#look()
    return block.scope === 'location' || isBranch(block) ? 'location' : 'server'
  }

  get name(): string {
    this.#look()
    return this.#name
  }

  get mark(): Mark {
    return this.#look().mark
  }

  get serverNames(): readonly string[] {
    let at = this.#look()
    while (at.scope !== 'server' && at.parent) at = at.parent
    const { server_name } = this.#values.of(this.#table.kernel.names, at)
    return (server_name as readonly ServerName[]).map(({ source }) => source)
  }

  get root(): Template {
    this.#look()
    return this.#settings.root
  }

  get bodyFolder(): TempFolder {
    this.#look()
    return this.#folders.at(this.#settings.client_body_temp_path)
  }

  tempFolder(path: TempPath): TempFolder {
    return this.#folders.at(path)
  }

  configured(directive: string): boolean {
    return this.markOf(directive) !== undefined
  }

  value(directive: string): unknown {
    const block = this.#look()
    const group = this.#table.find(directive, block.scope)?.groups[0]
    return group && this.#values.of(group, block)[directive]
  }

  markOf(directive: string): Mark | undefined {
    const block = this.#look()
    const found = this.#table.find(directive, block.scope)
    return found && block.markOf(found.directive)
  }

  warn(text: string, mark: Mark = this.mark): void {
    this.#look()
    this.#problems.warn(mark, text)
  }

  fail(text: string, mark: Mark = this.mark): never {
    throw new ConfigError(mark, text)
  }

  #look(): Block {
    this.looked = true
    return this.#block
  }
}
