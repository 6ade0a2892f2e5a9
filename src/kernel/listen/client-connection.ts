import type { ListenPlan } from '../phase/plan.ts'
import type { Handle } from '../socket/binding.ts'
import type { Clients } from './clients.ts'

/** A client's connection as its worker keeps it; what is said on it is its protocol's business. */
export interface ClientConnection {
  /** The connection slot it has taken; negative where none was free. */
  readonly slot: number
  /** Begins to serve. */
  open(): void
  /** The worker drains: no request follows those that are under way. */
  drain(): void
  /** Ends now, whatever is under way. */
  giveUp(): void
}

/** Output that is held back for a moment (`postpone_output`). */
export interface Postponed {
  flush(): void
}

/** Serves a client that was accepted, in the protocol of its listening address. */
export type ServeClient = (
  clients: Clients,
  handle: Handle,
  plan: ListenPlan,
  serial: number,
) => ClientConnection
