import { hkdfSync, randomBytes } from 'node:crypto'

/** Node's own form: 16 bytes of a name, 16 of a key for HMAC, 16 of one for AES. */
const SIZE = 48

let secret: Uint8Array = randomBytes(SIZE)

/** What seals tickets where no key is configured; a master hands its own to all its workers. */
export function ticketSecret(): string {
  return Buffer.from(secret).toString('base64')
}

/** Takes over the secret of the master. */
export function useTicketSecret(text: string): void {
  secret = Buffer.from(text, 'base64')
}

/** The key that seals tickets of a server; `name` keeps those of different servers apart. */
export function ticketKeys(name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `tickets of ${name}`, SIZE))
}
