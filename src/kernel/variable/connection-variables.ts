import { Buffer } from 'node:buffer'
import { isIPv4, isIPv6 } from 'node:net'
import { hostname } from 'node:os'
import { steadyTime } from '../clock.ts'
import type { Client } from '../exchange/client.ts'
import { VERSION } from '../version.ts'
import { isoTime, logTime } from './clock.ts'
import type { Variable } from './variable.ts'

const HOSTNAME = hostname()

/** Who is connected to whom, and this process. */
export const connectionVariables: Readonly<Record<string, Variable>> = {
  remote_addr: { doc: 'The client’s address.', get: (x) => x.client.address },
  remote_port: {
    doc: 'The client’s port; empty where it is not known.',
    get: (x) => `${x.client.port || ''}`,
  },
  binary_remote_addr: {
    doc: 'The client’s address in binary: 4 bytes, or 16 for IPv6.',
    get: (x) => binaryAddressOf(x.client),
  },
  proxy_protocol_addr: {
    doc: 'The client’s address in the header of the PROXY protocol.',
    get: (x) => x.client.proxyProtocol?.address,
  },
  proxy_protocol_port: {
    doc: 'The client’s port in the header of the PROXY protocol.',
    get: (x) => shownPort(x.client.proxyProtocol?.port),
  },
  proxy_protocol_server_addr: {
    doc: 'The address the client connected to, in the header of the PROXY protocol.',
    get: (x) => x.client.proxyProtocol?.serverAddress,
  },
  proxy_protocol_server_port: {
    doc: 'The port the client connected to, in the header of the PROXY protocol.',
    get: (x) => shownPort(x.client.proxyProtocol?.serverPort),
  },
  server_addr: { doc: 'The address the connection came in on.', get: (x) => x.client.localAddress },
  server_port: { doc: 'The port the connection came in on.', get: (x) => `${x.client.localPort}` },
  scheme: { doc: 'http or https.', get: (x) => (x.client.secure ? 'https' : 'http') },
  https: { doc: '"on" over TLS, else empty.', get: (x) => (x.client.secure ? 'on' : '') },
  connection: { doc: 'Serial number of the connection.', get: (x) => `${x.client.serial}` },
  connection_requests: {
    doc: 'Requests so far on this connection.',
    get: (x) => `${x.client.requests}`,
  },
  connection_time: {
    doc: 'Age of the connection in seconds, to the millisecond.',
    get: (x) => seconds(steadyTime() - x.client.acceptedAt),
  },
  hostname: { doc: 'Name of this machine.', get: () => HOSTNAME },
  pid: { doc: 'Process id of the worker.', get: () => `${process.pid}` },
  gateway_version: { doc: 'The gateway’s version.', get: () => VERSION },
  pipe: {
    doc: '"p" for a pipelined request, "." for any other.',
    get: (x) => (x.client.pipelined ? 'p' : '.'),
  },
  msec: { doc: 'The current time in seconds, to the millisecond.', get: () => seconds(Date.now()) },
  time_local: {
    doc: 'The local time as access logs have it.',
    get: () => logTime(Date.now()),
  },
  time_iso8601: { doc: 'The local time in ISO 8601.', get: () => isoTime(Date.now()) },
}

/** As in nginx, port 0 is none. */
function shownPort(port: number | undefined): string | undefined {
  return port ? `${port}` : undefined
}

/** Milliseconds as seconds with three digits, the way nginx writes times. */
export function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3)
}

const binaryAddresses = new WeakMap<Client, { of: string; bytes: string | undefined }>()

function binaryAddressOf(client: Client): string | undefined {
  const { address } = client
  let known = binaryAddresses.get(client)
  if (known?.of !== address) {
    known = { of: address, bytes: binaryAddress(address) }
    binaryAddresses.set(client, known)
  }
  return known.bytes
}

/** The bytes of an IP address as a byte string; undefined for anything else. */
function binaryAddress(address: string): string | undefined {
  if (isIPv4(address)) return bytesOf(address.split('.').map(Number))
  if (!isIPv6(address)) return undefined
  const [plain = ''] = address.split('%')
  // The last 32 bits may be written as IPv4.
  const text = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = text.split('::')
  const front = groupsOf(head)
  const back = groupsOf(tail ?? '')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length
  const groups = [...front, ...new Array<number>(gap).fill(0), ...back]
  return bytesOf(groups.flatMap((group) => [group >> 8, group & 255]))
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function bytesOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('latin1')
}
