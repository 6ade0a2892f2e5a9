import { Buffer } from 'node:buffer'

/** What a client says of itself before anything is encrypted (RFC 8446, section 4.1.2). */
export interface ClientHello {
  /** The name of the server it wants, as sent; undefined where it names none (RFC 6066, 3). */
  readonly serverName: string | undefined
  /** Code points, in its order of preference (RFC 8446, appendix B.4). */
  readonly ciphers: readonly number[]
  /** Code points of its groups (RFC 8446, section 4.2.7). */
  readonly groups: readonly number[]
  /** What it wants to go on with: an identity in TLS 1.3 (RFC 8446, 4.2.11), else an id; or empty. */
  readonly session: Uint8Array
  /** The ticket among that (RFC 5077, section 3.2); empty for none. In TLS 1.3 they are the same. */
  readonly ticket: Uint8Array
  /** Whether it would keep a ticket (RFC 5077, section 3.2), or speaks TLS 1.3, where all do. */
  readonly keepsTickets: boolean
}

/** The most that a ClientHello may take, record headers included, in bytes; a usual one takes 2000. */
export const MOST_CLIENT_HELLO = 32_768
/** Into more records nobody cuts one who means well. */
const MOST_RECORDS = 16

const RECORD_HEADER = 5
const HANDSHAKE_RECORD = 22
const MAJOR_VERSION = 3
const MESSAGE_HEADER = 4
const CLIENT_HELLO = 1
const MOST_RECORD = 16_384
const RANDOM = 32
const SERVER_NAME = 0
const SUPPORTED_GROUPS = 10
const SESSION_TICKET = 35
const PRE_SHARED_KEY = 41
const SUPPORTED_VERSIONS = 43
const HOST_NAME = 0

/**
 * Reads the ClientHello at the beginning of what a client has sent. Undefined as long as it is not
 * whole; `plain` where a request was sent without TLS; `garbage` for anything else.
 */
export function parseClientHello(
  bytes: Buffer,
  size: number,
): ClientHello | 'plain' | 'garbage' | undefined {
  const first = bytes[0] as number
  if (size > 0 && first !== HANDSHAKE_RECORD) return isLetter(first) ? 'plain' : 'garbage'
  const message = messageIn(bytes.subarray(0, size))
  if (typeof message !== 'object') return message
  try {
    return readHello(new Reader(message))
  } catch (error) {
    if (error instanceof RangeError) return 'garbage'
    throw error
  }
}

/** The body of the handshake message, put together from its records. */
function messageIn(bytes: Buffer): Uint8Array | 'garbage' | undefined {
  const pieces: Uint8Array[] = []
  let size = 0
  let whole: number | undefined
  let at = 0
  for (let records = 0; records < MOST_RECORDS && at + RECORD_HEADER <= bytes.length; records++) {
    const length = bytes.readUInt16BE(at + 3)
    const isHandshake = bytes[at] === HANDSHAKE_RECORD && bytes[at + 1] === MAJOR_VERSION
    if (!isHandshake || length === 0 || length > MOST_RECORD) return 'garbage'
    at += RECORD_HEADER + length
    const piece = bytes.subarray(at - length, at)
    pieces.push(piece)
    size += piece.length
    if (size >= MESSAGE_HEADER) whole ??= wholeOf(joined(pieces))
    if (whole === 0) return 'garbage'
    if (whole !== undefined && size >= whole) return joined(pieces).subarray(MESSAGE_HEADER, whole)
  }
  return bytes.length > MOST_CLIENT_HELLO || pieces.length === MOST_RECORDS ? 'garbage' : undefined
}

/** How long a message is, with its header; 0 for any but a ClientHello. */
function wholeOf([type, high = 0, middle = 0, low = 0]: Uint8Array): number {
  const whole = MESSAGE_HEADER + (high << 16) + (middle << 8) + low
  return type === CLIENT_HELLO && whole <= MOST_CLIENT_HELLO ? whole : 0
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}

function readHello(reader: Reader): ClientHello {
  reader.skip(2 + RANDOM)
  let session = reader.take(1)
  const ciphers = codePoints(reader.take(2))
  reader.take(1)
  let serverName: string | undefined
  let groups: readonly number[] = []
  let ticket: Uint8Array = new Uint8Array()
  let keepsTickets = false
  const extensions = new Reader(reader.left > 0 ? reader.take(2) : new Uint8Array())
  while (extensions.left > 0) {
    const type = extensions.number(2)
    const content = extensions.take(2)
    if (type === SERVER_NAME) serverName = readServerName(new Reader(content))
    else if (type === SUPPORTED_GROUPS) groups = codePoints(new Reader(content).take(2))
    else if (type === SUPPORTED_VERSIONS) keepsTickets = true
    else if (type === SESSION_TICKET) {
      ticket = content
      keepsTickets = true
    } else if (type === PRE_SHARED_KEY) {
      session = firstIdentity(new Reader(content))
      ticket = session
    }
  }
  return { serverName, ciphers, groups, session, ticket, keepsTickets }
}

/** The first host name; there may be one of each type only. Empty is as none. */
function readServerName(content: Reader): string | undefined {
  const names = new Reader(content.take(2))
  while (names.left > 0) {
    const type = names.number(1)
    const name = names.take(2)
    if (type === HOST_NAME && name.length > 0) {
      return Buffer.from(name).toString('latin1')
    }
  }
  return undefined
}

/** OpenSSL looks at others too; but clients send one. */
function firstIdentity(content: Reader): Uint8Array {
  return new Reader(content.take(2)).take(2)
}

function codePoints(bytes: Uint8Array): readonly number[] {
  const points: number[] = []
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    points.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  }
  return points
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

/** Reads numbers and vectors one behind the other; a `RangeError` where they are cut off. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  skip(length: number): void {
    if (length > this.left) throw new RangeError('cut off')
    this.#at += length
  }

  /** A number of so many bytes. */
  number(size: number): number {
    this.skip(size)
    let value = 0
    for (let i = this.#at - size; i < this.#at; i++)
      value = (value << 8) | (this.#bytes[i] as number)
    return value
  }

  /** A vector whose length stands before it, in so many bytes. */
  take(size: number): Uint8Array {
    const length = this.number(size)
    this.skip(length)
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
