import type { Crossing } from '../../border/crossing.ts'
import { refusal } from '../../border/refusal.ts'
import type { Occupant } from '../slot.ts'
import { Stopped } from '../verdict.ts'
import type { Reply } from './errand.ts'
import type { CallMessage, ErrandMessage } from './messages.ts'

/** Asks the event loop, and stands still until it has answered. */
export type Ask = (call: CallMessage) => Reply

/** Answers a guest on a thread: with what was answered before, and then with what the host says. */
export class Replay implements Occupant {
  readonly #errand: ErrandMessage
  readonly #ask: Ask
  #given = 0
  #times = 0
  #tickets = 0

  constructor(errand: ErrandMessage, ask: Ask) {
    this.#errand = errand
    this.#ask = ask
  }

  /** Whether all that was given before was asked for again. */
  get isComplete(): boolean {
    const { clock, given } = this.#errand
    return this.#given === given.length && this.#times >= clock.length
  }

  /** Whether the guest has tickets whose answers are still to come. */
  get waits(): boolean {
    return this.#errand.waits || this.#tickets > 0
  }

  answer(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
    const { given } = this.#errand
    if (this.#given === given.length) return this.#answered({ kind: 'call', op, a, b, c })
    const known = given[this.#given++]
    if (known?.refused) throw refusal(known.refused.name, known.refused.message)
    return known?.value
  }

  clock(): number {
    return this.#errand.clock[this.#times++] ?? Date.now()
  }

  #answered(call: CallMessage): Crossing {
    const reply = this.#ask(call)
    switch (reply.kind) {
      case 'value':
        return reply.value
      case 'ticket':
        this.#tickets++
        return reply.ticket
      case 'refused':
        throw refusal(reply.name, reply.message)
      case 'stop':
        throw new Stopped(reply.verdict)
    }
  }
}
