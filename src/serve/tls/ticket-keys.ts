import { randomBytes } from 'node:crypto'
import { steadyTime } from '../../base/clock.ts'
import { SecretChain } from './secret-chain.ts'
import { type TicketKey, ticketKeyOf } from './ticket-key.ts'

/** How often secrets that are past are dropped, where nobody asks, in milliseconds. */
const LOOK_EVERY = 600_000

let chain = SecretChain.from(randomBytes(48), steadyTime())

/** What tickets are sealed with where no key is configured; a master hands its own to its workers. */
export function ticketSecret(): string {
  return chain.text
}

/** Takes over the secret of the master. */
export function useTicketSecret(text: string): void {
  chain = SecretChain.parse(text)
}

/**
 * The keys that seal tickets of a server, the one that seals new ones first, as they are when asked
 * for: the same array as long as they are the same. `name` keeps those of different servers apart;
 * their tickets are good for `patience` milliseconds.
 */
export function ticketKeys(name: string, patience: number): () => readonly TicketKey[] {
  chain.remember(patience)
  let known: readonly Uint8Array[] = []
  let keys: readonly TicketKey[] = []
  return () => {
    const secrets = chain.at(steadyTime())
    if (secrets !== known) keys = secrets.map((each) => ticketKeyOf(each, name))
    known = secrets
    return keys
  }
}

setInterval(() => chain.at(steadyTime()), LOOK_EVERY).unref()
