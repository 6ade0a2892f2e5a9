import type { Exchange } from '../exchange/exchange.ts'
import { settleCaptures } from './captures.ts'
import { mainOf } from './request-value.ts'
import { slotOf } from './slots.ts'
import type { Getter, Setter } from './variable.ts'

/** A variable that directives define; others may give it a value of their own for a request. */
export class Assignable {
  readonly #slot: number
  /** Of the directive or family that computes it. */
  #computed: Getter | undefined
  /** Asked where nobody computes it and no value was given. */
  #unset: Getter | undefined
  #assigned = false

  /** `name` is in lower case. */
  constructor(name: string) {
    this.#slot = slotOf(name)
  }

  readonly get: Getter = (x) => {
    const given = this.#assigned ? this.#holder(x).values?.[this.#slot] : undefined
    if (given !== undefined) return given
    return this.#computed ? this.#computed(x) : this.#unset?.(x)
  }

  readonly set: Setter = (x: Exchange, value: string) => {
    settleCaptures(x)
    const holder = this.#holder(x)
    holder.values ??= []
    holder.values[this.#slot] = value
  }

  /** As in nginx, the last of several definitions counts. */
  define(getter: Getter): void {
    this.#computed = getter
  }

  /** Declares that values will be given. */
  assign(unset: Getter): Setter {
    this.#assigned = true
    this.#unset = unset
    return this.set
  }

  /** As in nginx, what is set holds for subrequests, too. What is computed is each one's own. */
  #holder(x: Exchange): Exchange {
    return this.#computed || !x.parent ? x : mainOf(x)
  }
}
