import { CALL_ALLOWANCE, HOP_FUEL, HOP_PART, HOST_CALL_FUEL, MAX_FUEL } from './limits.ts'
import { Stopped } from './verdict.ts'

/** How a guest's work is divided, where others want the processor in between. */
export interface Pace {
  /** Fuel until the next rest. */
  readonly piece: number
  rest(): void
}

const NO_PACE: Pace = { piece: MAX_FUEL, rest() {} }

/** The fuel of a turn. Its gauge, which the engine looks at, shows a piece of it at a time. */
export class Tank {
  readonly #pace: Pace
  #gauge: WebAssembly.Global
  #filled = 0
  /** What the gauge does not show. */
  #reserve = 0
  /** What its host calls would take from a thread. */
  #due = 0

  constructor(gauge: WebAssembly.Global, pace = NO_PACE) {
    this.#gauge = gauge
    this.#pace = pace
  }

  /** What was burnt since it was filled; more than there was by the last thing that was done. */
  get burnt(): number {
    return this.#filled - this.#left
  }

  /** A turn begins, in the instance of this gauge. */
  fill(gauge: WebAssembly.Global, fuel: number): void {
    this.#gauge = gauge
    this.#filled = fuel
    this.#due = 0
    gauge.value = Math.min(fuel, this.#pace.piece)
    this.#reserve = fuel - gauge.value
  }

  /** The gauge is below zero: what comes next, after a rest. Without any the turn is stopped. */
  refill(): void {
    const { piece } = this.#pace
    const missing = -this.#gauge.value
    if (this.#reserve < missing) throw new Stopped('cpu')
    const more = Math.min(missing + piece, this.#reserve)
    this.#gauge.value += more
    this.#reserve -= more
    this.#pace.rest()
  }

  /** Takes fuel for what was done. */
  take(fuel: number): void {
    this.#gauge.value -= fuel
  }

  /** Takes fuel for work that is not the engine's own, which does not look before it is done. */
  pay(fuel: number): void {
    const price = Math.ceil(fuel)
    if (price <= this.#left) {
      this.take(price)
      return
    }
    // It is counted in 32 bits, and a price has no such bound.
    this.#gauge.value = -1
    this.#reserve = 0
    throw new Stopped('cpu')
  }

  /**
   * Takes fuel for a host call, and for what crossed with it. A turn that does little but call pays
   * for the way from a thread, wherever it is, so that its fuel is the same.
   */
  takeCall(crossed: number, more: number): void {
    this.take(HOST_CALL_FUEL + crossed + more)
    this.#due += HOP_FUEL + HOP_PART * crossed
    const owing = this.#due - CALL_ALLOWANCE
    if (owing > 0) this.take(Math.max(owing - this.burnt, 0))
  }

  get #left(): number {
    return this.#gauge.value + this.#reserve
  }
}
