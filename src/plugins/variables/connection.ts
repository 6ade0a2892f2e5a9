import { Buffer } from 'node:buffer'
import { hostname } from 'node:os'
import { bytesOfIP, type Client, parseIP, steadyTime, type Variable, VERSION } from 'gateway/plugin'
import { isoTime, logTime } from './log-time.ts'
import { seconds } from './seconds.ts'

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
  // A connection from a link-local address names the interface, too.
  const [plain = ''] = address.split('%')
  const words = parseIP(plain)
  return words && Buffer.from(bytesOfIP(words)).toString('latin1')
}
