import { Buffer } from 'node:buffer'
import { hkdfSync } from 'node:crypto'
import { ConfigError } from '../../kernel/directive/mark.ts'
import type { TlsFile } from '../../kernel/tls/tls-file.ts'

/** What seals tickets, in Node's own form: a name, a key for HMAC, one for AES; 16 bytes of each. */
export type TicketKey = Buffer

/** Bytes of a file with a key: for AES of 128 bits, and of 256. */
const SIZES: readonly number[] = [48, 80]
/** Bytes of the name of a key, with which its tickets begin. */
export const KEY_NAME = 16
const SIZE = 48
/** Of one server. */
const MOST_KEYS = 32

/** The keys in files. Throws a `ConfigError` for what is none, and for two of one name. */
export function ticketKeysIn(files: readonly TlsFile[]): readonly TicketKey[] {
  const keys: TicketKey[] = []
  for (const file of files) {
    const key = ticketKeyIn(file)
    const at = keys.findIndex((each) => keyOfTicket([each], key))
    if (at >= 0) {
      const text = `"${file.path}" begins with the same ${KEY_NAME} bytes as "${files[at]?.path}"`
      throw new ConfigError(file.mark, text)
    }
    keys.push(key)
    if (keys.length > MOST_KEYS) {
      throw new ConfigError(file.mark, `more than ${MOST_KEYS} keys for tickets`)
    }
  }
  return keys
}

/** Node has AES of 128 bits only: of a longer key every byte counts all the same. */
function ticketKeyIn({ content, mark, path }: TlsFile): TicketKey {
  if (!SIZES.includes(content.length)) {
    throw new ConfigError(mark, `"${path}" must have 48 or 80 bytes, and has ${content.length}`)
  }
  if (content.length === SIZE) return content
  const rest = hkdfSync('sha256', content.subarray(KEY_NAME), '', 'ticket key', SIZE - KEY_NAME)
  return Buffer.concat([content.subarray(0, KEY_NAME), Buffer.from(rest)])
}

/** A key that follows from a secret; `name` keeps those of different servers apart. */
export function ticketKeyOf(secret: Uint8Array, name: string): TicketKey {
  return Buffer.from(hkdfSync('sha256', secret, '', `tickets of ${name}`, SIZE))
}

/** The one that has sealed a ticket, which is that of the name at its beginning. */
export function keyOfTicket(keys: readonly TicketKey[], ticket: Uint8Array): TicketKey | undefined {
  return keys.find((key) => key.compare(ticket, 0, KEY_NAME, 0, KEY_NAME) === 0)
}
