import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Where a server listens: an IP address and port, or the path of a unix socket. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly family: 4 | 6; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** What `parseAddress` gives where a text is no address: a lower-case fragment saying why. */
export interface BadAddress {
  readonly problem: string
  readonly hint?: string
}

const DEFAULT_PORT = 80
/** The longest path a unix socket can have, in bytes (sockaddr_un without its final zero). */
const LONGEST_PATH = 107
/** The most ports one range may name. */
const MOST_PORTS = 1024

/**
 * Parses what `listen` takes: `127.0.0.1:8080`, `8080`, `*:80`, `[::]:80`, `[::1]`, `localhost`,
 * `unix:/path`, and port ranges (`8080-8083`). A name may stand for several addresses.
 */
export function parseAddress(text: string): readonly ListenAddress[] | BadAddress {
  if (text.startsWith('unix:')) return unixAddress(text.slice(5))
  const parts = /^(?:\[([^\]]*)\]|([^:]*?))(?::([\d-]*))?$/.exec(text)
  if (!parts)
    return { problem: `"${text}" is not an address`, hint: 'write an IPv6 address as [::1]:80' }
  const [, bracketed, plain = '', portText] = parts
  // A lone number is a port, as in nginx.
  const lone = bracketed === undefined && portText === undefined && /^[\d-]+$/.test(plain)
  const ports = parsePorts(lone ? plain : portText)
  if ('problem' in ports) return ports
  const hosts = lone ? wildcard(4) : hostsOf(bracketed, plain)
  if ('problem' in hosts) return hosts
  return hosts.flatMap((host) => ports.map((port) => ({ kind: 'tcp' as const, ...host, port })))
}

/** The one spelling of an address: `127.0.0.1:8080`, `[::]:80`, `unix:/run/x.sock`. */
export function formatAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.family === 6 ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

function unixAddress(path: string): readonly ListenAddress[] | BadAddress {
  if (path === '') return { problem: 'no path in "unix:"' }
  if (!path.startsWith('/')) {
    return { problem: `"unix:${path}" has no absolute path`, hint: 'write unix:/path/to.sock' }
  }
  const bytes = Buffer.byteLength(path)
  if (bytes > LONGEST_PATH) {
    return {
      problem: `the path "${path}" has ${bytes} bytes; a unix socket's has at most ${LONGEST_PATH}`,
    }
  }
  return [{ kind: 'unix', path }]
}

function parsePorts(text: string | undefined): readonly number[] | BadAddress {
  if (text === undefined) return [DEFAULT_PORT]
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  const first = Number(parts?.[1])
  const last = Number(parts?.[2] ?? first)
  if (!parts || first < 1 || last > 65_535 || last < first || last - first >= MOST_PORTS) {
    return {
      problem: `"${text}" is not a port`,
      hint: 'write 1 to 65535, or a range such as 8080-8083',
    }
  }
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

interface Host {
  readonly family: 4 | 6
  readonly host: string
}

function hostsOf(bracketed: string | undefined, plain: string): readonly Host[] | BadAddress {
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed)) return { problem: `"[${bracketed}]" is not an IPv6 address` }
    return bracketed === '::' ? wildcard(6) : [{ family: 6, host: canonicalIPv6(bracketed) }]
  }
  if (plain === '*') return wildcard(4)
  if (isIPv4(plain)) return [{ family: 4, host: plain }]
  if (plain === '') return { problem: 'no host before the port' }
  return resolve(plain.toLowerCase())
}

function wildcard(family: 4 | 6): readonly Host[] {
  return [{ family, host: family === 4 ? '0.0.0.0' : '::' }]
}

/** The one spelling of an IPv6 address, with its zone if it has one. */
export function canonicalIPv6(address: string): string {
  const zone = address.indexOf('%')
  const bare = zone < 0 ? address : address.slice(0, zone)
  return new URL(`http://[${bare}]/`).hostname.slice(1, -1) + (zone < 0 ? '' : address.slice(zone))
}

/**
 * The addresses of a name, from the hosts file alone: a gateway listens on addresses of its own
 * machine, and its start must not wait for a name server.
 */
function resolve(name: string): readonly Host[] | BadAddress {
  const found = new Map<string, Host>()
  for (const [address, ...names] of hostsFile()) {
    if (!address || !names.some((each) => each.toLowerCase() === name)) continue
    if (isIPv4(address)) found.set(address, { family: 4, host: address })
    else if (isIPv6(address) && hasIPv6()) {
      found.set(address, { family: 6, host: canonicalIPv6(address) })
    }
  }
  if (found.size > 0) return [...found.values()]
  if (name === 'localhost') return [{ family: 4, host: '127.0.0.1' }]
  return { problem: `host "${name}" is not in /etc/hosts`, hint: 'write its address' }
}

function hostsFile(): string[][] {
  try {
    const lines = readFileSync('/etc/hosts', 'utf8').split('\n')
    return lines.map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
  } catch {
    return []
  }
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((all) =>
    all?.some((each) => each.family === 'IPv6'),
  )
}
