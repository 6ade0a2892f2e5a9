import { createRequire } from 'node:module'

/** All global unicast addresses of IPv6 that were ever given out lie in here (RFC 4291, 2.4). */
const GLOBAL_UNICAST = '2000::/3'
/** Metadata and host agents of clouds that look like anybody's public address. */
const CLOUD_AGENTS: ReadonlySet<string> = new Set(['168.63.129.16'])

/**
 * The one spelling of an address, or undefined where the text is no address. Only whole decimal
 * IPv4 counts as one: what else `inet_aton` takes, a URL parser has already made decimal.
 */
export function canonicalAddress(text: string): string | undefined {
  const ipaddr = library()
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).toString()
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) return undefined
  return ipaddr.IPv6.parse(text).toRFC5952String()
}

/**
 * Whether an address is one of the public internet. What is not known to be is not: private,
 * loopback, link-local, shared, multicast and reserved ranges, and every IPv6 form that carries an
 * IPv4 address inside (mapped, 6to4, NAT64, Teredo), since a translator on the way could unwrap it.
 */
export function isPublicAddress(text: string): boolean {
  const address = canonicalAddress(text)
  if (address === undefined || CLOUD_AGENTS.has(address)) return false
  const ipaddr = library()
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.IPv6.parseCIDR(GLOBAL_UNICAST))
}

/** Loaded with the first address. */
function library(): typeof import('ipaddr.js') {
  return createRequire(import.meta.url)('ipaddr.js')
}
