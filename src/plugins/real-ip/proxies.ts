import { type IPNetwork, isInNetwork, parseIP, parseIPNetwork, unmappedIP } from 'gateway/plugin'

/** Whom to believe: connections over unix sockets, or from the addresses of a network. */
export type Trusted = { readonly kind: 'unix' } | (IPNetwork & { readonly kind: 'network' })

/** Addresses of which it is remembered whether they are trusted; then all are forgotten at once. */
const REMEMBERED = 4096

/** Reads `unix:`, an address, or a network as address/bits; undefined for a name. */
export function parseTrusted(text: string): Trusted | undefined {
  if (text === 'unix:') return { kind: 'unix' }
  const network = parseIPNetwork(text)
  return network && { kind: 'network', ...network }
}

/** Makes the function that tells whether an address is that of one of these proxies. */
export function compileProxies(words: readonly string[]): (address: string) => boolean {
  const proxies = words.flatMap((word) => parseTrusted(word) ?? [])
  const remembered = new Map<string, boolean>()
  return (address) => {
    const known = remembered.get(address)
    if (known !== undefined) return known
    const trusted = proxies.some((proxy) => isOf(proxy, address))
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(address, trusted)
    return trusted
  }
}

function isOf(proxy: Trusted, text: string): boolean {
  if (proxy.kind === 'unix') return text.startsWith('unix:')
  // A connection from a link-local address names the interface, too.
  const words = parseIP(text.replace(/%.*$/, ''))
  return words !== undefined && isInNetwork(proxy, unmappedIP(words))
}
