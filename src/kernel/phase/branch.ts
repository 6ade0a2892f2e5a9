import type { Exchange } from '../exchange/exchange.ts'
import type { LocationPlan } from './plan.ts'

/**
 * A block inside a server or location whose directives count for a request once its condition
 * holds (`if`). The reader of its directive is given it, and takes it when the time has come.
 */
export class Branch {
  /** What the plugin of the directive has prepared in it; known when everything is compiled. */
  config: unknown
  /** What is done where it counts. A branch of a server has none: a location is found later. */
  plan: LocationPlan | undefined

  /** From here on the settings, handlers and filters of this block count for the exchange. */
  take(x: Exchange): void {
    if (this.plan) x.location = this.plan
  }
}
