import { readFileSync } from 'node:fs'
import type { Entry } from '../directive/directive.ts'
import type { Mark } from '../directive/mark.ts'
import { directive } from '../directive/readers.ts'
import { REUSE_PORT } from '../socket/binding.ts'
import { formatAddress, type ListenAddress, parseAddress } from './address.ts'

/** TCP keep-alive of accepted connections: off as the system has it, or probes after `idle`. */
export interface Keepalive {
  readonly on: boolean
  /** Seconds without traffic before the first probe. */
  readonly idle: number
}

/** How a listening socket is set up; undefined members were not written. */
export interface ListenOptions {
  readonly backlog: number | undefined
  /** IPv6 only: whether IPv4 connections are left to other sockets. */
  readonly ipv6only: boolean | undefined
  readonly keepalive: Keepalive | undefined
  /** Each worker has a socket of its own (SO_REUSEPORT), and the system spreads connections. */
  readonly reuseport: true | undefined
}

/** One address a server block listens on. */
export interface Listen extends ListenOptions {
  /** The one spelling of the address: `127.0.0.1:8080`, `[::]:80`, `unix:/x`. */
  readonly key: string
  readonly address: ListenAddress
  readonly defaultServer: boolean
  /** Whether each connection begins with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean
  /** Whether TLS is spoken. */
  readonly ssl: boolean
  /** Whether all servers here speak HTTP/2, and not only those that say so (`http2`). */
  readonly http2: boolean
  readonly mark: Mark
}

const NO_OPTIONS: ListenOptions = {
  backlog: undefined,
  ipv6only: undefined,
  keepalive: undefined,
  reuseport: undefined,
}
const OPTIONS = Object.keys(NO_OPTIONS) as (keyof ListenOptions)[]

/** nginx's backlog on Linux. */
export const DEFAULT_BACKLOG = 511
const MOST_BACKLOG = 65_535

/** Parameters of nginx that cannot be honoured, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  rcvbuf: 'Node cannot set the receive buffer of a listening socket',
  sndbuf: 'Node cannot set the send buffer of a listening socket',
  accept_filter: 'accept filters exist on FreeBSD only',
  deferred: 'Node cannot set TCP_DEFER_ACCEPT',
  fastopen: 'Node cannot set TCP_FASTOPEN',
  setfib: 'routing tables (SO_SETFIB) exist on FreeBSD only',
  multipath: 'Node cannot open Multipath TCP sockets',
  quic: 'Node has no QUIC server',
  ...(REUSE_PORT === undefined && {
    reuseport: `Node ${process.version} cannot set SO_REUSEPORT; Node 22.12 or newer can`,
  }),
}

/** `listen`: where a server accepts connections. */
export const listen = directive<readonly Listen[]>({
  in: ['server'],
  default: [],
  doc: 'An address and port, a port, or a unix socket on which the server accepts connections.',
  usage:
    'address[:port] | port | unix:path [default_server] [backlog=number] [ipv6only=on|off] [so_keepalive=on|off|[idle]::] [reuseport] [bind] [ssl] [http2] [proxy_protocol]',
  min: 1,
  max: 16,
  kind: 'params',
  words: [
    'default_server',
    'default',
    'backlog',
    'ipv6only',
    'so_keepalive',
    'reuseport',
    'bind',
    'ssl',
    'http2',
    'proxy_protocol',
  ],
  repeat: true,
  inherits: 'never',
  read: (entry, before = []) => [...before, ...readListen(entry, before)],
})

/** What a server without `listen` has: `*:80`, or `*:8000` without root's rights, as in nginx. */
export function defaultListen(mark: Mark): Listen {
  const port = process.getuid?.() === 0 ? 80 : 8000
  const address = { kind: 'tcp', family: 4, host: '0.0.0.0', port } as const
  return {
    key: formatAddress(address),
    address,
    defaultServer: false,
    proxyProtocol: false,
    ssl: false,
    http2: false,
    mark,
    ...NO_OPTIONS,
  }
}

/**
 * What `first` becomes when another server listens on the same address as `second` says: options
 * may be written with one of them only. A text is what is wrong with that.
 */
export function mergeListens(first: Listen, second: Listen): Listen | string {
  if (first.defaultServer && second.defaultServer)
    return `a duplicate default server for ${first.key}`
  if (hasOptions(first) && hasOptions(second)) return `duplicate listen options for ${first.key}`
  const { backlog, ipv6only, keepalive, reuseport } = hasOptions(second) ? second : first
  return {
    ...first,
    backlog,
    ipv6only,
    keepalive,
    reuseport,
    defaultServer: first.defaultServer || second.defaultServer,
    proxyProtocol: first.proxyProtocol || second.proxyProtocol,
    ssl: first.ssl || second.ssl,
    http2: first.http2 || second.http2,
  }
}

function hasOptions(listen: ListenOptions): boolean {
  return OPTIONS.some((name) => listen[name] !== undefined)
}

function readListen(entry: Entry, before: readonly Listen[]): Listen[] {
  const [where = '', ...words] = entry.args
  const addresses = parseAddress(where)
  if ('problem' in addresses) return entry.fail(addresses.problem, addresses.hint)
  const parameters = readParameters(entry, words, addresses)
  return addresses.map((address) => {
    const key = formatAddress(address)
    if (before.some((each) => each.key === key)) entry.fail(`a duplicate listen ${key}`)
    return { key, address, mark: entry.mark, ...parameters }
  })
}

type Parameters = Pick<
  Listen,
  'defaultServer' | 'proxyProtocol' | 'ssl' | 'http2' | keyof ListenOptions
>

function readParameters(
  entry: Entry,
  words: readonly string[],
  addresses: readonly ListenAddress[],
): Parameters {
  let {
    defaultServer,
    proxyProtocol,
    ssl,
    http2,
    backlog,
    ipv6only,
    keepalive,
    reuseport,
  }: Parameters = {
    defaultServer: false,
    proxyProtocol: false,
    ssl: false,
    http2: false,
    ...NO_OPTIONS,
  }
  for (const word of words) {
    const [name = '', value] = splitOnce(word)
    if (name in REFUSED) entry.fail(`"${name}" is refused: ${REFUSED[name]}`)
    if (word === 'default_server' || word === 'default') defaultServer = true
    else if (word === 'proxy_protocol') proxyProtocol = true
    else if (word === 'ssl') ssl = true
    else if (word === 'http2') {
      http2 = true
      entry.warn('"listen ... http2" is deprecated: write "http2 on" in the server instead')
    } else if (name === 'backlog' && value !== undefined) backlog = readBacklog(entry, value)
    else if (name === 'ipv6only' && value !== undefined) {
      if (!addresses.some(isIPv6))
        entry.fail(`"ipv6only" with ${where(addresses)}, which is not IPv6`)
      ipv6only = readSwitch(entry, name, value)
    } else if (name === 'so_keepalive' && value !== undefined) {
      if (!addresses.some((each) => each.kind === 'tcp')) {
        entry.fail(`"so_keepalive" with ${where(addresses)}, which is not TCP`)
      }
      keepalive = readKeepalive(entry, value)
    } else if (word === 'reuseport') {
      if (!addresses.some((each) => each.kind === 'tcp')) {
        entry.fail(`"reuseport" with ${where(addresses)}, which is not TCP`)
      }
      reuseport = true
    } else if (word !== 'bind') entry.fail(`unknown parameter "${word}"`)
    // `bind` asks for a socket of its own, which every address here has.
  }
  return { defaultServer, proxyProtocol, ssl, http2, backlog, ipv6only, keepalive, reuseport }
}

function where(addresses: readonly ListenAddress[]): string {
  return addresses.map(formatAddress).join(', ')
}

function isIPv6(address: ListenAddress): boolean {
  return address.kind === 'tcp' && address.family === 6
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
}

function readBacklog(entry: Entry, value: string): number {
  const backlog = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (backlog >= 1 && backlog <= MOST_BACKLOG) return backlog
  return entry.fail(`backlog "${value}" is not between 1 and ${MOST_BACKLOG}`)
}

function readSwitch(entry: Entry, name: string, value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on'
  return entry.fail(`${name} "${value}" is neither "on" nor "off"`)
}

function readKeepalive(entry: Entry, value: string): Keepalive {
  if (value === 'off') return { on: false, idle: 0 }
  if (value === 'on') return { on: true, idle: systemKeepaliveTime() }
  const parts = /^(?:(\d{1,6})([smh]?))?:([^:]*):([^:]*)$/.exec(value)
  if (!parts) return entry.fail(`so_keepalive "${value}" is not on, off or idle:interval:count`)
  const [, idle, unit = '', interval, count] = parts
  if (interval !== '' || count !== '') {
    entry.fail(
      `so_keepalive "${value}" is refused: Node sets the idle time only, not interval and count`,
      `write so_keepalive=${idle ?? ''}${unit}::`,
    )
  }
  if (idle === undefined) return { on: true, idle: systemKeepaliveTime() }
  const seconds = Number(idle) * ({ m: 60, h: 3600 }[unit] ?? 1)
  return seconds >= 1 ? { on: true, idle: seconds } : entry.fail('an idle time of 0 seconds')
}

/** What the system waits before the first probe where nobody says (Linux: two hours). */
function systemKeepaliveTime(): number {
  try {
    return (
      Number.parseInt(readFileSync('/proc/sys/net/ipv4/tcp_keepalive_time', 'utf8'), 10) || 7200
    )
  } catch {
    return 7200
  }
}
