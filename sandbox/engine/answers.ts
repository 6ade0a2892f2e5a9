import type { Crossing, GuestHost } from '../border/crossing.ts'
import { Refusal } from '../border/refusal.ts'
import { callHost } from './host-call.ts'
import { Journal } from './journal.ts'
import type { Occupant } from './slot.ts'
import type { Reply } from './threads/errand.ts'
import { Tickets } from './tickets.ts'
import type { Settlement } from './turn-work.ts'
import { HostFault } from './verdict.ts'

/** What a run's guest is answered, by its host and by the clock, here or on a thread. */
export class Answers implements Occupant {
  /** What the run's turns can be replayed with, as long as they can be. */
  journal: Journal | undefined
  /** The host's error in a call from a thread. */
  cause: unknown
  readonly #host: GuestHost
  readonly #mostTickets: number
  readonly #wake: () => void
  // Most runs wait for nothing.
  #tickets: Tickets | undefined

  constructor(host: GuestHost, mostTickets: number, wake: () => void) {
    this.#host = host
    this.#mostTickets = mostTickets
    this.#wake = wake
  }

  /** From now on what is given is kept. */
  keepJournal(): Journal {
    this.journal = new Journal()
    return this.journal
  }

  /** Whether the guest has tickets that nothing was handed over for. */
  get areOpen(): boolean {
    return this.#tickets?.areOpen === true
  }

  /** Whether there is something to hand over. */
  get haveSettled(): boolean {
    return this.#tickets?.haveSettled === true
  }

  /** Why the host has failed, with an answer that was waited for. */
  get fault(): HostFault | undefined {
    return this.#tickets?.fault
  }

  /** What is handed over in the next turn. */
  take(): readonly Settlement[] {
    const settled = this.#tickets?.take() ?? []
    this.journal?.settled(settled)
    return settled
  }

  answer(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
    try {
      const answer = callHost(this.#host, op, a, b, c)
      const given = answer instanceof Promise ? this.#ticketFor(answer) : answer
      this.journal?.gave(given)
      return given
    } catch (error) {
      if (error instanceof Refusal) this.journal?.gave(error)
      throw error
    }
  }

  clock(): number {
    const time = Date.now()
    this.journal?.toldTime(time)
    return time
  }

  /** The answer to a call from a thread. */
  reply(op: number, a: Crossing, b: Crossing, c: Crossing): Reply {
    try {
      const answer = callHost(this.#host, op, a, b, c)
      if (!(answer instanceof Promise)) return { kind: 'value', value: answer }
      return { kind: 'ticket', ticket: this.#ticketFor(answer) }
    } catch (error) {
      if (error instanceof Refusal) {
        return { kind: 'refused', name: error.name, message: error.message }
      }
      this.cause = error instanceof HostFault ? error.cause : error
      return { kind: 'stop', verdict: 'host' }
    }
  }

  #ticketFor(answer: Promise<Crossing>): number {
    this.#tickets ??= new Tickets(this.#mostTickets, this.#wake)
    return this.#tickets.for(answer)
  }
}
