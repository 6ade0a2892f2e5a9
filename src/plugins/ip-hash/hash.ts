import { isIPv4 } from 'node:net'
import { bytesOfIP, parseIP } from 'gateway/plugin'

/** nginx's hash: each byte is mixed in, modulo a prime. */
export function hashBytes(seed: number, bytes: readonly number[]): number {
  return bytes.reduce((hash, byte) => (hash * 113 + byte) % 6271, seed)
}

/**
 * The bytes of a client's address that decide: the first three octets of IPv4, so that a /24 stays
 * together; all of IPv6; nothing but zeros for a unix socket (as in nginx).
 */
export function addressBytes(address: string): readonly number[] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  if (isIPv4(mapped)) return mapped.split('.').slice(0, 3).map(Number)
  const [plain = ''] = address.split('%')
  const words = parseIP(plain)
  return words ? bytesOfIP(words) : [0, 0, 0]
}
