import { isIP } from 'node:net'
import type { PeerAddress } from './peer.ts'

/** What an address in the configuration names, before names are resolved. */
export type PeerTarget =
  | { readonly kind: 'unix'; readonly path: string }
  /** `literal`: the host is an IP address already. */
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      readonly literal: boolean
    }

/** Where a peer is reached that names no port. */
export const USUAL_PORT = 80

/**
 * Reads `host`, `host:port`, `[v6]:port` or `unix:/path`. A string is what is wrong with it, as
 * a lower-case fragment.
 */
export function parsePeerTarget(text: string, defaultPort: number): PeerTarget | string {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return path.startsWith('/') ? { kind: 'unix', path } : `no absolute path in "${text}"`
  }
  const parts = /^(?:\[([^\]]*)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text)
  if (!parts) return `"${text}" is not an address`
  const [, v6, name = v6 ?? '', portText] = parts
  const port = portText === undefined ? defaultPort : Number(portText)
  if (port < 1 || port > 65_535) return `invalid port in "${text}"`
  const family = isIP(name)
  if (v6 !== undefined && family !== 6) return `invalid IPv6 address in "${text}"`
  return { kind: 'tcp', host: name, port, literal: family !== 0 }
}

/** An address with its port, where it names none and is not reached by the usual one. */
export function withPort(address: string, port: number): string {
  const isComplete = address.startsWith('unix:') || /:\d*$/.test(address.replace(/^\[[^\]]*\]/, ''))
  return isComplete || port === USUAL_PORT ? address : `${address}:${port}`
}

/** How nginx writes an address: `10.0.0.1:80`, `[::1]:80`, `unix:/path`. */
export function formatAddress(address: PeerAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
