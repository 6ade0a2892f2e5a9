import type { Exchange, Place, Upstream } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'

/** Which of the upstreams that a script may choose it has chosen, request by request. */
export class UpstreamChoice {
  readonly #allowed: ReadonlyMap<string, Upstream>
  readonly #chosen = new WeakMap<Exchange, Upstream>()
  #forwards = false

  constructor(allowed: ReadonlyMap<string, Upstream>) {
    this.#allowed = allowed
  }

  /** A place of the script: its location, or an `if` in it. */
  standsIn(place: Place): void {
    this.#forwards ||= place.configured('proxy_pass')
  }

  /**
   * Refuses a name that is not allowed, without a word on whether there is such an upstream; and any,
   * where nothing is forwarded: that would have no effect.
   */
  choose(x: Exchange, name: string): void {
    const upstream = this.#allowed.get(name)
    if (!this.#forwards)
      throw refusal('TypeError', 'this location forwards nothing: no upstream is asked')
    if (!upstream) throw refusal('TypeError', 'this upstream is none the script may choose')
    this.#chosen.set(x, upstream)
  }

  /** Where a request goes: as chosen for it, or for the one it is made for, else as named. */
  for(x: Exchange, named: Upstream): Upstream {
    if (this.#allowed.size === 0) return named
    for (let each: Exchange | undefined = x; each; each = each.parent) {
      const chosen = this.#chosen.get(each)
      if (chosen) return chosen
    }
    return named
  }
}
