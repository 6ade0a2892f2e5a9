import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6
  readonly number: bigint
}

/** Bits of an address, by family. */
export const WIDTH = { 4: 32, 6: 128 } as const

/** The one spelling of an address, which is also that of connections; undefined for none. */
export function canonical(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (text.includes('%')) return undefined
  if (isIPv6(text)) return new SocketAddress({ address: text, family: 'ipv6' }).address
  // As in nginx, the parts of an IPv4 address are decimal, zeros before them or not.
  const plain = text.replace(/(^|\.)0+(?=\d)/g, '$1')
  return isIPv4(plain) ? plain : undefined
}

/** The number of an address in any spelling; undefined for what is none, such as `unix:`. */
export function parseAddress(text: string): Address | undefined {
  const address = canonical(text)
  if (address === undefined) return undefined
  return address.includes(':')
    ? { family: 6, number: fromGroups(groupsOf(address), 16) }
    : { family: 4, number: fromGroups(address.split('.').map(Number), 8) }
}

/** An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) as IPv4; any other as it is. */
export function unmapped(address: Address): Address {
  if (address.family === 4 || address.number >> 32n !== 0xffffn) return address
  return { family: 4, number: address.number & 0xffffffffn }
}

function fromGroups(groups: readonly number[], bits: number): bigint {
  return groups.reduce((number, group) => (number << BigInt(bits)) | BigInt(group), 0n)
}

function groupsOf(address: string): readonly number[] {
  const [head = '', tail = ''] = address.split('::')
  const [front, back] = [partOf(head), partOf(tail)]
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

/** The last 32 bits may be written as IPv4. */
function partOf(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
