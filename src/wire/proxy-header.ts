import type { Buffer } from 'node:buffer'
import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Who a balancer in front says is connected, and to what (the PROXY protocol). */
export interface ProxyProtocol {
  /** The client's IP address and port. */
  readonly address: string
  readonly port: number
  /** Where the client connected to. */
  readonly serverAddress: string
  readonly serverPort: number
  /** What else it says, in version 2: type, length and value of each, as a byte string. */
  readonly tlvs: string | undefined
}

/** What a balancer writes in front of a connection. */
export interface ProxyHeader {
  /** Bytes of it. */
  readonly size: number
  /** Undefined where it names nobody: the balancer's own connection, or one that is not TCP. */
  readonly proxied: ProxyProtocol | undefined
}

/** The longest header of version 1, line end included. */
const TEXT_LIMIT = 107
/** The longest of version 2 with everything it carries (nginx's). */
const BINARY_LIMIT = 4096

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const PREFIX = 'PROXY '
const FIXED = 16

/** Version 2's commands, families and transports. */
const LOCAL = 0
const PROXY = 1
const INET = 1
const INET6 = 2
const UNIX = 3
const STREAM = 1
const DATAGRAM = 2

/**
 * Reads a header of the PROXY protocol, version 1 or 2 (haproxy's proxy-protocol.txt), in the first
 * `size` bytes. Undefined: it is not complete. A string: it is none; the text says why.
 */
export function parseProxyHeader(bytes: Buffer, size: number): ProxyHeader | string | undefined {
  const start = bytes.latin1Slice(0, Math.min(size, SIGNATURE.length))
  if (SIGNATURE.startsWith(start)) return size < FIXED ? undefined : parseBinary(bytes, size)
  if (start.startsWith(PREFIX) || PREFIX.startsWith(start)) return parseText(bytes, size)
  return broken(bytes, size)
}

function parseText(bytes: Buffer, size: number): ProxyHeader | string | undefined {
  const text = bytes.latin1Slice(0, Math.min(size, TEXT_LIMIT))
  const end = text.indexOf('\r\n')
  if (end < 0) return text.length < TEXT_LIMIT ? undefined : broken(bytes, size)
  const found = { size: end + 2, proxied: undefined }
  const [, protocol = '', ...rest] = text.slice(0, end).split(' ')
  if (protocol === 'UNKNOWN') return found
  const [address = '', serverAddress = '', from = '', to = ''] = rest
  const port = portOf(from)
  const serverPort = portOf(to)
  const addresses = isAddress(protocol, address) && isAddress(protocol, serverAddress)
  if (rest.length !== 4 || !addresses || port === undefined || serverPort === undefined) {
    return broken(bytes, size)
  }
  return { ...found, proxied: { address, port, serverAddress, serverPort, tlvs: undefined } }
}

function isAddress(protocol: string, text: string): boolean {
  if (protocol === 'TCP4') return isIPv4(text)
  return protocol === 'TCP6' && isIPv6(text) && !text.includes('%')
}

function portOf(text: string): number | undefined {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
  return port < 65_536 ? port : undefined
}

function parseBinary(bytes: Buffer, size: number): ProxyHeader | string | undefined {
  const version = (bytes[12] as number) >> 4
  if (version !== 2) return `unknown PROXY protocol version: ${version}`
  const command = (bytes[12] as number) & 15
  if (command > PROXY) return `unknown PROXY protocol command: ${command}`
  const family = (bytes[13] as number) >> 4
  const transport = (bytes[13] as number) & 15
  if (family > UNIX || transport > DATAGRAM) return 'unknown PROXY protocol address family'
  const whole = FIXED + bytes.readUInt16BE(14)
  if (whole > BINARY_LIMIT) return 'header is too large'
  if (size < whole) return undefined
  if (command === LOCAL || transport !== STREAM) return { size: whole, proxied: undefined }
  if (family !== INET && family !== INET6) return { size: whole, proxied: undefined }
  const width = family === INET ? 4 : 16
  const ports = FIXED + 2 * width
  if (whole < ports + 4) return 'header is too short'
  const proxied = {
    address: addressOf(bytes, FIXED, width),
    port: bytes.readUInt16BE(ports),
    serverAddress: addressOf(bytes, FIXED + width, width),
    serverPort: bytes.readUInt16BE(ports + 2),
    tlvs: whole === ports + 4 ? undefined : bytes.latin1Slice(ports + 4, whole),
  }
  return { size: whole, proxied }
}

function addressOf(bytes: Buffer, at: number, width: number): string {
  const address = bytes.subarray(at, at + width)
  if (width === 4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

function broken(bytes: Buffer, size: number): string {
  const [line] = bytes.latin1Slice(0, Math.min(size, TEXT_LIMIT)).split(/[\r\n]/, 1)
  return `broken header: "${line}"`
}
