import { type FuelBudget, type Limits, MAX_FUEL, REFUSAL_FUEL, toFuel } from './limits.ts'
import { waitingPrice } from './waiting-price.ts'

/** Whoever knows what a run shares with others, once there is anything. */
export interface Sharing {
  budget?(): FuelBudget | undefined
}

/** What a run has burnt, and may burn yet. */
export class FuelAccount {
  /** All of it, with what was burnt in vain, and what its fuel must not tell of. */
  burnt = 0
  /** What its longest turn has burnt. */
  longest = 0
  readonly #limits: Limits
  readonly #sharing: Sharing
  #fuel = 0
  /** What of it others know of. */
  #told = 0

  constructor(limits: Limits, sharing: Sharing) {
    this.#limits = limits
    this.#sharing = sharing
  }

  /** Its fuel: the same for the same work. */
  get fuel(): number {
    return this.#fuel
  }

  /** Fuel for its next turn; below zero where nothing is left. */
  forTurn(): number {
    const { cpu, request } = this.#limits
    const own = Math.min(toFuel(cpu), toFuel(request) - this.#fuel)
    return Math.min(own, this.#leftByOthers())
  }

  /** A turn is over. */
  took(fuel: number): void {
    this.#fuel += fuel
    this.longest = Math.max(this.longest, fuel)
  }

  /**
   * It waits behind such a turn, with a heap that has grown by so much, and was refused so much of
   * what it had waited for; whether it can pay for all that.
   */
  canWait(fuel: number, grown: number, refused: number): boolean {
    const price = waitingPrice(fuel, grown) + refused * REFUSAL_FUEL
    this.#fuel += price
    this.burnt += price
    return this.#fuel <= toFuel(this.#limits.request)
  }

  /** The run has ended. */
  close(): void {
    this.#leftByOthers()
  }

  #leftByOthers(): number {
    const budget = this.#sharing.budget?.()
    if (!budget) return MAX_FUEL
    budget.take(this.#fuel - this.#told)
    this.#told = this.#fuel
    return budget.left
  }
}
