import { type Exchange, mainOf } from 'gateway/plugin'
import { RequestBudget } from '../../../../sandbox/host/request-budget.ts'
import { SubrequestCount } from '../../../../sandbox/host/subrequest-count.ts'
import type { ScriptLimits } from '../settings.ts'

/** What the runs of one request share: those of its hooks, and those of scripts they call. */
export interface Allowance {
  readonly count: SubrequestCount
  readonly budget: RequestBudget
}

/** The allowances of the requests under way, made when one is used first. */
export class Allowances {
  readonly #limits: ScriptLimits
  readonly #worked: (fuel: number) => void
  readonly #known = new WeakMap<Exchange, Allowance>()

  /** `worked` is told what the host does for any of them, in fuel. */
  constructor(limits: ScriptLimits, worked: (fuel: number) => void) {
    this.#limits = limits
    this.#worked = worked
  }

  /** That of the client's request an exchange belongs to. */
  of(x: Exchange): Allowance {
    const main = mainOf(x)
    const known = this.#known.get(main)
    if (known) return known
    const { request, subrequests } = this.#limits
    const allowance = {
      count: new SubrequestCount(subrequests),
      budget: new RequestBudget(request, this.#worked),
    }
    this.#known.set(main, allowance)
    return allowance
  }
}
