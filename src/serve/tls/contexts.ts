import type { SecureContext } from 'node:tls'
import { sealTickets } from '../../kernel/socket/tls-handle.ts'
import type { Staple } from './staple.ts'
import { KEY_NAME, keyOfTicket, type TicketKey } from './ticket-key.ts'

/**
 * What connections to a server begin with. There are two: one in which OpenSSL seals with the newest
 * key by itself, which costs least, and one for clients whose ticket an older key has sealed, which
 * is opened once more and replaced.
 */
export class Contexts {
  /** What clients who ask are told of the certificate. */
  readonly staple: Staple | undefined
  readonly #make: (key: TicketKey) => SecureContext
  readonly #keys: () => readonly TicketKey[]
  readonly #usual: SecureContext
  #sealing: TicketKey
  #renewing: SecureContext | undefined = undefined

  /** Throws what `make` throws. */
  constructor(
    keys: () => readonly TicketKey[],
    make: (key: TicketKey) => SecureContext,
    staple?: Staple,
  ) {
    this.staple = staple
    this.#make = make
    this.#keys = keys
    this.#sealing = this.#newest
    this.#usual = make(this.#sealing)
  }

  /** For a client that goes on with a ticket, or with none where that is empty. */
  for(ticket: Uint8Array): SecureContext {
    const newest = this.#newest
    if (newest !== this.#sealing) {
      this.#usual.context.setTicketKeys(newest)
      this.#sealing = newest
    }
    if (ticket.length < KEY_NAME) return this.#usual
    const key = keyOfTicket(this.#keys(), ticket)
    return key && key !== newest ? this.#renewingOne() : this.#usual
  }

  #renewingOne(): SecureContext {
    this.#renewing ??= sealTickets(this.#make(this.#newest), {
      sealing: () => this.#newest,
      opening: (name) => keyOfTicket(this.#keys(), name),
    })
    return this.#renewing
  }

  get #newest(): TicketKey {
    return this.#keys()[0] as TicketKey
  }
}
