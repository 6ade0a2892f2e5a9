import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import type { Place } from '../kernel/plugin-record.ts'
import type { Template } from '../kernel/variable/template.ts'
import type { Block } from './block.ts'
import type { Problems } from './config-errors.ts'
import type { Table } from './table.ts'

/** A place as a plugin's `prepare` sees it, which notes whether it was looked at. */
export class PlaceView implements Place {
  /** If not, what was prepared holds for every place with the same values. */
  looked = false
  readonly #name: string
  readonly #root: Template
  readonly #block: Block
  readonly #table: Table
  readonly #problems: Problems

  constructor(name: string, root: Template, block: Block, table: Table, problems: Problems) {
    this.#name = name
    this.#root = root
    this.#block = block
    this.#table = table
    this.#problems = problems
  }

  get scope(): 'server' | 'location' {
    const { scope } = this.#look()
    return scope === 'location' || scope === 'if' ? 'location' : 'server'
  }

  get name(): string {
    this.#look()
    return this.#name
  }

  get mark(): Mark {
    return this.#look().mark
  }

  get root(): Template {
    this.#look()
    return this.#root
  }

  configured(directive: string): boolean {
    return this.markOf(directive) !== undefined
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
