import { type Exchange, mainOf } from 'gateway/plugin'
import { HostBudget } from '../../../../sandbox/host/host-budget.ts'
import { SubrequestCount } from '../../../../sandbox/host/subrequest-count.ts'
import type { ScriptLimits } from '../settings.ts'

/** What the runs of one request share: those of its hooks, and those of scripts they call. */
export interface Allowance {
  readonly count: SubrequestCount
  readonly budget: HostBudget
}

/** Of a millisecond. */
const MICROSECONDS = 1000

/** The allowances of the requests under way, made when one is used first. */
export class Allowances {
  readonly #limits: ScriptLimits
  readonly #known = new WeakMap<Exchange, Allowance>()

  constructor(limits: ScriptLimits) {
    this.#limits = limits
  }

  /** That of the client's request an exchange belongs to. */
  of(x: Exchange): Allowance {
    const main = mainOf(x)
    const known = this.#known.get(main)
    if (known) return known
    const { request, subrequests } = this.#limits
    const allowance = {
      count: new SubrequestCount(subrequests),
      budget: new HostBudget(request * MICROSECONDS),
    }
    this.#known.set(main, allowance)
    return allowance
  }
}
