import type { AnyPlugin } from '../kernel/plugin-record.ts'

/** Whom the names of variables belong to: fixed ones, and the prefixes of families. */
export class VariableOwners {
  /** How messages name the owner, by names in lower case. */
  readonly #fixed = new Map<string, string>()
  readonly #prefixes = new Map<string, string>()

  /** Notes those of a plugin. */
  add({ families = {}, variables = {} }: AnyPlugin, owner: string): void {
    for (const name of namesIn(variables)) this.#fixed.set(name, owner)
    for (const prefix of namesIn(families)) this.#prefixes.set(prefix, owner)
  }

  /** The first variable of a plugin that stands for something already, with its owner. */
  taken({ families = {}, variables = {} }: AnyPlugin): Taken | undefined {
    for (const name of [...namesIn(variables), ...namesIn(families)]) {
      const owner = this.#fixed.get(name) ?? this.#ofFamily(name)
      if (owner !== undefined) return { name, owner }
    }
    return undefined
  }

  #ofFamily(name: string): string | undefined {
    return [...this.#prefixes].find(([prefix]) => name.startsWith(prefix))?.[1]
  }
}

/** A variable, and whose it is. */
export interface Taken {
  readonly name: string
  readonly owner: string
}

/** Configurations may write them in any case. */
function namesIn(table: object): string[] {
  return Object.keys(table).map((name) => name.toLowerCase())
}
