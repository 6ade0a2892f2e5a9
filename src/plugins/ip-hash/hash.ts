import { isIPv4, isIPv6 } from 'node:net'

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
  if (isIPv6(address)) return bytesOfIPv6(address)
  return [0, 0, 0]
}

function bytesOfIPv6(address: string): number[] {
  const [plain = ''] = address.split('%')
  const [head = '', tail] = withoutDottedQuad(plain).split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const gap = new Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...gap, ...after].flatMap((group) => [group >> 8, group & 255])
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

/** `::1.2.3.4` as `::102:304`. */
function withoutDottedQuad(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const high = Number(a) * 256 + Number(b)
    const low = Number(c) * 256 + Number(d)
    return `${high.toString(16)}:${low.toString(16)}`
  })
}
