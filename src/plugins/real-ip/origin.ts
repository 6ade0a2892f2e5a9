import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Where a request came from, as a proxy tells. */
export interface Origin {
  /** In the one spelling that is also that of connections. */
  readonly address: string
  /** 0 where the proxy did not tell it. */
  readonly port: number
}

/** Undefined for what is no address. */
export function readOrigin(text: string, port: number): Origin | undefined {
  const address = canonical(text)
  return address === undefined ? undefined : { address, port }
}

function canonical(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (text.includes('%')) return undefined
  if (isIPv6(text)) return new SocketAddress({ address: text, family: 'ipv6' }).address
  // As in nginx, the parts of an IPv4 address are decimal, zeros before them or not.
  const plain = text.replace(/(^|\.)0+(?=\d)/g, '$1')
  return isIPv4(plain) ? plain : undefined
}
