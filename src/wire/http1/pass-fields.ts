import { FieldTable } from './field-table.ts'
import { Fields, type ReadonlyFields } from './fields.ts'
import { RequestHead } from './request-head.ts'
import { CR, LF, SPACE } from './tokens.ts'

/** Fields that mean one connection and never pass it (RFC 9110 section 7.6.1), and the framing. */
const NEVER_PASS = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/** A table for `passFields` that drops hop-by-hop fields and the `replaced` ones. */
export function unpassedFields(replaced: Iterable<string>): FieldTable<true> {
  return new FieldTable([...NEVER_PASS, ...replaced].map((name) => [name, true] as const))
}

/**
 * The fields of a request that go on to a peer, written anew from what was parsed, each with its
 * CRLF. Those in `dropped` stay behind, and those the Connection field names.
 */
export function passFields(headers: ReadonlyFields, dropped: FieldTable<true>): string {
  const named = connectionNames(headers)
  const drop = named ? new Dropped(dropped, named) : dropped
  return headers instanceof RequestHead ? passMarked(headers, drop) : passListed(headers, drop)
}

interface Droppable {
  find(text: string, from: number, to: number): true | undefined
}

/**
 * Fields that stand in the head exactly as they would be written, one behind the other, are cut
 * out of it together: most heads pass in one or two pieces.
 */
function passMarked(head: RequestHead, dropped: Droppable): string {
  const { text, marks } = head
  let out = ''
  let runStart = 0
  let runEnd = 0
  for (let i = 0; i < marks.length; i += 4) {
    const from = marks[i] as number
    const colon = marks[i + 1] as number
    if (dropped.find(text, from, colon)) continue
    const start = marks[i + 2] as number
    const end = marks[i + 3] as number
    if (from !== runEnd) {
      out += text.slice(runStart, runEnd)
      runStart = from
    }
    if (isAsWritten(text, colon, start, end)) {
      runEnd = end + 2
    } else {
      out += `${text.slice(runStart, from)}${text.slice(from, colon)}: ${text.slice(start, end)}\r\n`
      runStart = 0
      runEnd = 0
    }
  }
  return out + text.slice(runStart, runEnd)
}

/** Whether a field stands as `Name: value` with its CRLF. */
function isAsWritten(text: string, colon: number, start: number, end: number): boolean {
  return (
    start === colon + 2 &&
    text.charCodeAt(colon + 1) === SPACE &&
    text.charCodeAt(end) === CR &&
    text.charCodeAt(end + 1) === LF
  )
}

function passListed(headers: ReadonlyFields, dropped: Droppable): string {
  let out = ''
  for (const [name, value] of headers) {
    if (!dropped.find(name, 0, name.length)) out += `${name}: ${value}\r\n`
  }
  return out
}

/** Names in the Connection field, in lower case; undefined where it says only the usual. */
function connectionNames(headers: ReadonlyFields): Set<string> | undefined {
  const value = headers instanceof RequestHead ? headers.connection : headers.get('connection')
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined
  const all = headers instanceof Fields ? headers.all('connection').join() : value
  const names = all
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  return new Set(names)
}

/** A fixed table, and a few names of one request. */
class Dropped implements Droppable {
  readonly #table: FieldTable<true>
  readonly #names: ReadonlySet<string>

  constructor(table: FieldTable<true>, names: ReadonlySet<string>) {
    this.#table = table
    this.#names = names
  }

  find(text: string, from: number, to: number): true | undefined {
    if (this.#table.find(text, from, to)) return true
    return this.#names.has(text.slice(from, to).toLowerCase()) ? true : undefined
  }
}
