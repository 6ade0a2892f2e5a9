import type { Head } from '../head.ts'
import { formatHttpDate, httpDate } from '../http1/date.ts'
import { type Fields, sameName } from '../http1/fields.ts'
import { mayStand } from '../http1/response-writer.ts'

/** Fields about a connection have no meaning in HTTP/2 (RFC 9113 section 8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set(['upgrade', 'proxy-connection'])

/** What is said in each head. */
export interface ResponseFacts {
  readonly server: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The same array each time: it is used up before the next head is made. */
const list: string[] = []

/**
 * Name, value, name, value… of a response. A field that may not stand is left out and given to
 * `refused`.
 */
export function responseFields(
  head: Head,
  facts: ResponseFacts,
  refused: (name: string) => void,
): readonly string[] {
  list.length = 0
  const own = head.fields.list
  if (!has(own, 'server')) list.push('server', facts.server)
  if (!has(own, 'date')) list.push('date', httpDate(facts.now))
  if (head.type !== undefined) add('content-type', head.type, refused)
  // A 204 has none (RFC 9110 section 8.6).
  if (head.length !== undefined && head.status !== 204) {
    list.push('content-length', String(head.length))
  }
  if (head.modified !== undefined) list.push('last-modified', formatHttpDate(head.modified))
  addAll(own, refused)
  return list
}

/** Fields without a head of their own: trailers, hints. As `responseFields`. */
export function plainFields(fields: Fields, refused: (name: string) => void): readonly string[] {
  list.length = 0
  addAll(fields.list, refused)
  return list
}

function addAll(fields: readonly string[], refused: (name: string) => void): void {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (!isOfConnection(name)) add(name, fields[i + 1] as string, refused)
  }
}

function add(name: string, value: string, refused: (name: string) => void): void {
  if (mayStand(name, value)) list.push(name, value)
  else refused(name)
}

function isOfConnection(name: string): boolean {
  return (name.length === 7 || name.length === 16) && OF_CONNECTIONS.has(name.toLowerCase())
}

function has(fields: readonly string[], name: string): boolean {
  for (let i = 0; i < fields.length; i += 2) if (sameName(fields[i] as string, name)) return true
  return false
}
