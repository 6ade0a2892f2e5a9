import type { ListenPlan } from '../phase/plan.ts'
import { counters } from '../process/counters.ts'
import type { Handle } from '../socket/binding.ts'
import type { Slots } from '../socket/slots.ts'
import type { ClientConnection, Postponed } from './client-connection.ts'

/** How long `postpone_output` may hold small output back while more is awaited, in milliseconds. */
export const POSTPONE_MOST = 100

/** One in this many of a worker's slots is as much as may go on behind answers at once. */
const HELD_SHARE = 4

/** The client connections of one worker. */
export class Clients {
  readonly slots: Slots
  /** Responses whose output is held back; flushed a few times a second. */
  readonly postponed = new Set<Postponed>()
  draining = false
  /** Called when a draining worker has lost its last connection. */
  onEmpty: (() => void) | undefined
  readonly #connections = new Set<ClientConnection>()
  /** Accepted when no slot was free; served as soon as one is. */
  readonly #waiting: { handle: Handle; plan: ListenPlan }[] = []
  #serial = 0
  /** How much goes on behind answers. */
  #held = 0

  constructor(slots: Slots) {
    this.slots = slots
  }

  get size(): number {
    return this.#connections.size + this.#waiting.length
  }

  /** Whether accepting has to pause: a connection waits for a slot already. */
  get full(): boolean {
    return this.#waiting.length > 0
  }

  accept(handle: Handle, plan: ListenPlan): void {
    counters.accepted++
    if (!this.#serve(handle, plan)) this.#waiting.push({ handle, plan })
  }

  /** A slot was freed: whoever waits gets it. */
  admitWaiting(): void {
    for (;;) {
      // Taken out first: to serve it may free further slots, and bring us here again.
      const next = this.#waiting.shift()
      if (!next) return
      if (this.#serve(next.handle, next.plan)) continue
      this.#waiting.unshift(next)
      return
    }
  }

  /** Answers the next request of each connection with `Connection: close`, lets idle ones go. */
  drain(): void {
    this.draining = true
    for (const connection of this.#connections) connection.drain()
    this.#tellWhenEmpty()
  }

  /** See `Carrier.hold`. */
  hold(): (() => void) | undefined {
    if (this.#held >= this.slots.limit / HELD_SHARE) return undefined
    this.#held++
    return () => {
      this.#held--
      this.#tellWhenEmpty()
    }
  }

  closeAll(): void {
    for (const { handle } of this.#waiting.splice(0)) handle.close()
    for (const connection of [...this.#connections]) connection.giveUp()
  }

  /** Output that was held back for long enough leaves. Called with each sweep. */
  flushPostponed(): void {
    if (this.postponed.size === 0) return
    for (const sink of this.postponed) sink.flush()
    this.postponed.clear()
  }

  /** A connection is gone. */
  left(connection: ClientConnection): void {
    this.#connections.delete(connection)
    counters.active--
    this.slots.give(connection.slot)
    this.#tellWhenEmpty()
  }

  #serve(handle: Handle, plan: ListenPlan): boolean {
    const connection = plan.serve(this, handle, plan, ++this.#serial)
    if (connection.slot < 0) return false
    counters.handled++
    counters.active++
    this.#connections.add(connection)
    connection.open()
    return true
  }

  #tellWhenEmpty(): void {
    if (this.draining && this.size === 0 && this.#held === 0) this.onEmpty?.()
  }
}
