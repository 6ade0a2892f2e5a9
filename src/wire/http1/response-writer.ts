import { VERSION } from '../../base/version.ts'
import type { Head } from '../head.ts'
import { formatHttpDate, httpDate } from './date.ts'
import { type Fields, sameName } from './fields.ts'
import { reasonOf } from './status.ts'
import { DEL, SPACE, TAB } from './tokens.ts'

/** How the bytes of a body are delimited on the wire. */
export type Framing = 'length' | 'chunked' | 'close' | 'none'

/** What the connection has to say in a response head. */
export interface HeadFacts {
  readonly framing: Framing
  readonly keepAlive: boolean
  /** Seconds for the Keep-Alive field, undefined for no such field. */
  readonly keepAliveHint: number | undefined
  /** Value of the Server field. */
  readonly server: string
}

/** Anything else in a value would end the line, or would not be one byte. */
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/
/** Anything else in a name would end it, or the line. */
const UNSAFE_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
/** Two fields of such a name could make two responses of one: there is the kernel's alone. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
])

let openingSecond = 0
/** Status lines with Server and Date, by status, for each value of Server. */
const openings = new Map<string, string[]>()

/** Status line, Server and Date: the same for every response of a second. */
function opening(status: number, server: string, now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== openingSecond) {
    openings.clear()
    openingSecond = second
  }
  let made = openings.get(server)
  if (!made) {
    made = []
    openings.set(server, made)
  }
  const known = made[status]
  if (known !== undefined) return known
  const text = `${statusLine(status, undefined)}Server: ${server}\r\nDate: ${httpDate(now)}\r\n`
  made[status] = text
  return text
}

function statusLine(status: number, reason: string | undefined): string {
  return `HTTP/1.1 ${status} ${reason ?? reasonOf(status)}\r\n`
}

/** What the gateway calls itself in Server and on error pages, by what `server_tokens` says. */
export type ServerIdentity = Readonly<Record<'on' | 'off' | 'build', string>>

/** Its own name. */
export const GATEWAY: ServerIdentity = identityOf('gateway', VERSION)

/** A name, and the version that is told where it may be. */
export function identityOf(name: string, version: string | undefined): ServerIdentity {
  const full = version === undefined ? name : `${name}/${version}`
  return Object.freeze({ on: full, off: name, build: full })
}

/**
 * The head of a response as text. A field that could break the head or its framing apart is left
 * out and given to `refused`.
 */
export function writeResponseHead(
  head: Head,
  facts: HeadFacts,
  now: number,
  refused: (name: string) => void,
): string {
  const { memo } = head
  if (memo === undefined) return composeHead(head, facts, now, refused)
  const begin = head.reason === undefined ? opening(head.status, facts.server, now) : ''
  const known = memo.find(head, facts, begin)
  if (known !== undefined) return known
  let whole = begin !== ''
  const text = composeHead(head, facts, now, (name) => {
    whole = false
    refused(name)
  })
  if (whole) memo.keep(head, facts, begin, text)
  return text
}

function composeHead(
  head: Head,
  facts: HeadFacts,
  now: number,
  refused: (name: string) => void,
): string {
  let fields = ''
  let ownServer = false
  let ownDate = false
  const { list } = head.fields
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    const value = list[i + 1] as string
    if (!mayStand(name, value)) {
      refused(name)
      continue
    }
    if (name.length === 6 && sameName(name, 'server')) ownServer = true
    else if (name.length === 4 && sameName(name, 'date')) ownDate = true
    fields += `${name}: ${value}\r\n`
  }
  let text: string
  if (ownServer || ownDate || head.reason !== undefined) {
    const { status, reason = '' } = head
    const safe = head.reason !== undefined && !UNSAFE_VALUE.test(reason)
    text = statusLine(status, safe ? reason : undefined)
    if (!ownServer) text += `Server: ${facts.server}\r\n`
    if (!ownDate) text += `Date: ${httpDate(now)}\r\n`
  } else {
    text = opening(head.status, facts.server, now)
  }
  return `${text}${entity(head, facts.framing, refused)}${connection(head, facts)}${fields}\r\n`
}

/** Fields outside a head as text, each with its CRLF; what may not stand is given to `refused`. */
export function writeFields({ list }: Fields, refused: (name: string) => void): string {
  let text = ''
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    const value = list[i + 1] as string
    if (mayStand(name, value)) text += `${name}: ${value}\r\n`
    else refused(name)
  }
  return text
}

/** Whether this may be a field of a response that the kernel does not make itself. */
export function mayStand(name: string, value: string): boolean {
  if (!isSafeValue(value)) return false
  if (safeNames.has(name)) return true
  if (name === '' || UNSAFE_NAME.test(name) || FRAMING_FIELDS.has(name.toLowerCase())) return false
  if (safeNames.size < SAFE_NAMES_LIMIT) safeNames.add(name)
  return true
}

/** A loop where the value is short: entering a regular expression costs more than that. */
function isSafeValue(value: string): boolean {
  if (value.length > SHORT_VALUE) return !UNSAFE_VALUE.test(value)
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if ((code < SPACE && code !== TAB) || code === DEL || code > 255) return false
  }
  return true
}

const SHORT_VALUE = 64
const SWITCHING_PROTOCOLS = 101

/** Names that were found good: responses have few different ones. */
const safeNames = new Set<string>()
const SAFE_NAMES_LIMIT = 1024

/** Lines that begin with `Content-Type`, up to where the length follows: there are few types. */
const typeLines = new Map<string, string>()
const TYPE_LINES_LIMIT = 1024

function typeLine(type: string): string | undefined {
  let line = typeLines.get(type)
  if (line === undefined && isSafeValue(type)) {
    line = `Content-Type: ${type}\r\n`
    if (type.length <= SHORT_VALUE && typeLines.size < TYPE_LINES_LIMIT) typeLines.set(type, line)
  }
  return line
}

/** What the body is: type, length and age. */
function entity(head: Head, framing: Framing, refused: (name: string) => void): string {
  let text = ''
  if (head.type !== undefined) {
    const line = typeLine(head.type)
    if (line === undefined) refused('Content-Type')
    else text = line
  }
  if (framing === 'chunked') text += 'Transfer-Encoding: chunked\r\n'
  // A 204 has none (RFC 9110 section 8.6).
  else if (head.length !== undefined && head.status !== 204) {
    text += `Content-Length: ${head.length}\r\n`
  }
  return head.modified === undefined
    ? text
    : `${text}Last-Modified: ${formatHttpDate(head.modified)}\r\n`
}

/** What becomes of the connection. */
function connection({ status }: Head, { keepAlive, keepAliveHint }: HeadFacts): string {
  if (status === SWITCHING_PROTOCOLS) return 'Connection: upgrade\r\n'
  if (!keepAlive) return 'Connection: close\r\n'
  if (keepAliveHint === undefined) return 'Connection: keep-alive\r\n'
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveHint}\r\n`
}
