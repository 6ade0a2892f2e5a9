import { Assignable } from './assignable.ts'
import { numberedCapture } from './captures.ts'
import { slotOf } from './slots.ts'
import type { Getter, Setter, Variable, VariableFamily } from './variable.ts'

/** Variables and families that come together: the kernel's, or those of one plugin. */
export interface VariableTable {
  readonly variables?: Readonly<Record<string, Variable>> | undefined
  readonly families?: Readonly<Record<string, VariableFamily>> | undefined
}

/** Getters of families that are kept: a page may ask for any names. */
const MOST_MADE = 4096

/** The variables one configuration may use. Names are without the dollar sign, in any case. */
export class Variables {
  readonly #fixed = new Map<string, Variable>()
  readonly #defined = new Map<string, Assignable>()
  readonly #families = new Map<string, VariableFamily>()
  readonly #made = new Map<string, Getter>()

  constructor(tables: readonly VariableTable[]) {
    for (const { variables = {}, families = {} } of tables) {
      for (const [name, variable] of Object.entries(variables)) {
        this.#fixed.set(name.toLowerCase(), variable)
      }
      for (const [prefix, family] of Object.entries(families)) {
        this.#families.set(prefix.toLowerCase(), family)
      }
    }
  }

  /** The getter of `$name`; undefined when there is no such variable. */
  getter(name: string): Getter | undefined {
    const lower = name.toLowerCase()
    const known = this.#fixed.get(lower) ?? this.#defined.get(lower)
    if (known) return known.get
    if (/^[1-9]$/.test(lower)) return numberedCapture(Number(lower))
    return this.#fromFamily(lower)
  }

  /** Whether the kernel or a plugin owns the name, so that no directive may define it. */
  isFixed(name: string): boolean {
    return this.#fixed.has(name.toLowerCase())
  }

  /** Declares `$name`; as in nginx, the last of several declarations counts. */
  define(name: string, getter: Getter): void {
    this.#assignable(name.toLowerCase()).define(getter)
  }

  /**
   * The way to give `$name` a value; undefined for one that nobody may change. `unset` is asked
   * for it where nothing else gives it one.
   */
  assign(name: string, unset: Getter): Setter | undefined {
    const lower = name.toLowerCase()
    const fixed = this.#fixed.get(lower)
    if (fixed) return fixed.set
    const known = this.#defined.get(lower)
    const family = known ? undefined : this.#fromFamily(lower)
    const assignable = known ?? this.#assignable(lower)
    if (family) assignable.define(family)
    return assignable.assign(unset)
  }

  #assignable(lower: string): Assignable {
    const known = this.#defined.get(lower) ?? new Assignable(lower)
    this.#defined.set(lower, known)
    return known
  }

  /** Where handlers keep the value of `$name`: an index into `x.values`. */
  slot(name: string): number {
    return slotOf(name.toLowerCase())
  }

  names(): string[] {
    return [...this.#fixed.keys(), ...this.#defined.keys()]
  }

  /** Prefixes nest (`http_`, `http_x_`): the longest one decides. One getter a name. */
  #fromFamily(lower: string): Getter | undefined {
    const made = this.#made.get(lower)
    if (made) return made
    for (let end = lower.length; end > 0; end--) {
      const family = lower[end - 1] === '_' ? this.#families.get(lower.slice(0, end)) : undefined
      if (!family) continue
      // As in nginx, `$arg_` alone names nothing, and is no mistake.
      const getter = end === lower.length ? () => undefined : family.make(lower.slice(end))
      if (this.#made.size < MOST_MADE) this.#made.set(lower, getter)
      return getter
    }
    return undefined
  }
}
