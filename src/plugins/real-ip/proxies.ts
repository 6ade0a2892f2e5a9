import { parseAddress, unmapped, WIDTH } from './address.ts'

/** Whom to believe: connections over unix sockets, or from addresses that begin with some bits. */
export type Trusted =
  | { readonly kind: 'unix' }
  | {
      readonly kind: 'network'
      readonly family: 4 | 6
      readonly prefix: bigint
      /** Bits behind the prefix, which do not count. */
      readonly shift: bigint
      /** Some of them were set. */
      readonly meaningless: boolean
    }

/** Addresses of which it is remembered whether they are trusted; then all are forgotten at once. */
const REMEMBERED = 4096

/** Reads `unix:`, an address, or a network as address/bits; undefined for a name. */
export function parseTrusted(text: string): Trusted | undefined {
  if (text === 'unix:') return { kind: 'unix' }
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return undefined
  const { family, number } = address
  const width = WIDTH[family]
  const digits = slash < 0 ? `${width}` : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > width) return undefined
  const shift = BigInt(width - Number(digits))
  const prefix = number >> shift
  return { kind: 'network', family, prefix, shift, meaningless: prefix << shift !== number }
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
  const address = parseAddress(text.replace(/%.*$/, ''))
  if (!address) return false
  const { family, number } = unmapped(address)
  return family === proxy.family && number >> proxy.shift === proxy.prefix
}
