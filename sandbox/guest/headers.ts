import { LINE } from '../border/lines.ts'
import type { Message } from '../border/messages.ts'
import { RequestOp, TextOp } from '../border/ops.ts'
import { immutableHeaders, invalidHeadersInit } from './errors.ts'
import { headerName, headerValue } from './header-syntax.ts'
import { host } from './host.ts'
import { iterate, type PairSource } from './pairs.ts'
import { indexOfText, iterator, join, keysOf, split, stringOf } from './primordials.ts'

/** What `new Headers()` takes. */
export type HeadersInit =
  | Headers
  | Record<string, string>
  | Iterable<readonly [string, string] | Iterable<string>>

/** The fields of a message at the host, not read yet. */
export let headersOf: (message: Message) => Headers
/** Headers of name, value, name, value…; the list becomes theirs. */
export let headersFrom: (fields: string[]) => Headers
/** Makes headers throw when they are to change. */
export let freezeHeaders: (headers: Headers) => Headers
/** Whether a script's object is Headers, and not just looks so. */
export let isHeaders: (value: object) => value is Headers
/** A copy that may change; it still reads lazily. */
export let copyHeaders: (headers: Headers) => Headers
/** The fields as they cross; undefined while they are at the host only. */
export let linesOf: (headers: Headers) => string | undefined
/** The message whose fields these are, unread and unchanged; negative for others. */
export let untouchedMessage: (headers: Headers) => Message
/** Those of an init, and the type of a body ('' for none) unless it has one itself. */
export let headersWith: (init: HeadersInit, contentType: string) => Headers
/** Adds a field unless there is one of that name, whatever the guard. */
export let defaultField: (headers: Headers, name: string, value: string) => void

const UNREAD = -1

/**
 * The fields of a message. Those of a message at the host are asked for one by one, and fetched as a
 * whole only when they are listed or changed.
 */
export class Headers {
  /**
   * Name, value, name, value…; names in lower case, in the order of their arrival. As they cross,
   * where nobody has looked at them one by one.
   */
  #fields: string[] | string | undefined
  #message: Message = UNREAD
  /** As they are listed, until they change: an iterator looks with each step. */
  #listed: [string, string][] | undefined
  #isImmutable = false

  constructor(init?: HeadersInit) {
    this.#fields = ''
    if (init !== undefined) this.#fill(init, '')
  }

  append(name: string, value: string): void {
    const key = headerName(name)
    const text = headerValue(key, value)
    const fields = this.#mutable()
    fields[fields.length] = key
    fields[fields.length] = text
  }

  delete(name: string): void {
    const key = headerName(name)
    remove(this.#mutable(), key, 0)
  }

  get(name: string): string | null {
    // The host validates the name, so that the usual case is one call and nothing else.
    if (this.#fields === undefined) {
      return (host(RequestOp.header, this.#message, stringOf(name)) as string | undefined) ?? null
    }
    return joined(this.#all(), headerName(name))
  }

  getSetCookie(): string[] {
    const fields = this.#all()
    const found: string[] = []
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === 'set-cookie') found[found.length] = fields[i + 1] as string
    }
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  set(name: string, value: string): void {
    const key = headerName(name)
    const text = headerValue(key, value)
    const fields = this.#mutable()
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== key) continue
      fields[i + 1] = text
      remove(fields, key, i + 2)
      return
    }
    fields[fields.length] = key
    fields[fields.length] = text
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) visit.call(self, value, name, this)
  }

  keys(): IterableIterator<string> {
    return iterate(this.#pairs(), 'key', 'Headers')
  }

  values(): IterableIterator<string> {
    return iterate(this.#pairs(), 'value', 'Headers')
  }

  entries(): IterableIterator<[string, string]> {
    return iterate(this.#pairs(), 'entry', 'Headers')
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }

  #all(): string[] {
    const fields = this.#fields
    if (typeof fields === 'object') return fields
    const all = listed(fields ?? (host(RequestOp.headerLines, this.#message) as string))
    this.#fields = all
    return all
  }

  #mutable(): string[] {
    if (this.#isImmutable) throw immutableHeaders()
    this.#listed = undefined
    return this.#all()
  }

  #pairs(): PairSource<string> {
    return {
      pairs: () => {
        this.#listed ??= sorted(this.#all())
        return this.#listed
      },
    }
  }

  #fill(init: HeadersInit, contentType: string): void {
    if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
      throw invalidHeadersInit()
    }
    const pairs = init as Iterable<Iterable<string>>
    if (pairs[iterator] === undefined) this.#fillFrom(init as Record<string, string>)
    else for (const pair of pairs) append(this, pair)
    if (contentType !== '') defaultField(this, 'content-type', contentType)
  }

  /** Most records hold what may cross as it is: then one word of the host is enough for all. */
  #fillFrom(record: Record<string, string>): void {
    const names = keysOf(record)
    if (names.length === 0) return
    const fields: string[] = []
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i] as string
      fields[2 * i] = name
      fields[2 * i + 1] = stringOf(record[name])
    }
    const lines = join(fields, LINE)
    if (host(TextOp.badField, lines, fields.length) === undefined) this.#fields = lines
    else
      for (let i = 0; i < fields.length; i += 2)
        this.append(fields[i] as string, fields[i + 1] as string)
  }

  static {
    headersOf = (message) => {
      const headers = new Headers()
      headers.#fields = undefined
      headers.#message = message
      return headers
    }
    headersFrom = (fields) => {
      const headers = new Headers()
      headers.#fields = fields
      return headers
    }
    headersWith = (init, contentType) => {
      const headers = new Headers()
      headers.#fill(init, contentType)
      return headers
    }
    freezeHeaders = (headers) => {
      headers.#isImmutable = true
      return headers
    }
    isHeaders = (value): value is Headers => #fields in value
    copyHeaders = (headers) => {
      const fields = headers.#fields
      const copy = new Headers()
      copy.#fields = typeof fields === 'object' ? copyOf(fields) : fields
      copy.#message = headers.#message
      return copy
    }
    linesOf = (headers) => {
      const fields = headers.#fields
      return typeof fields === 'object' ? join(fields, LINE) : fields
    }
    untouchedMessage = (headers) => (headers.#fields === undefined ? headers.#message : UNREAD)
    defaultField = (headers, name, value) => {
      const lines = headers.#fields
      if (typeof lines === 'string' && !mayHave(lines, name)) {
        headers.#fields = lines === '' ? name + LINE + value : lines + LINE + name + LINE + value
        return
      }
      const fields = headers.#all()
      if (joined(fields, name) !== null) return
      headers.#listed = undefined
      fields[fields.length] = name
      fields[fields.length] = value
    }
  }
}

function listed(lines: string): string[] {
  return lines === '' ? [] : split(lines, LINE)
}

/** Whether a field of that name could be among these lines: a value can look like one. */
function mayHave(lines: string, name: string): boolean {
  return indexOfText(lines, name + LINE) !== -1
}

function append(headers: Headers, pair: Iterable<string>): void {
  if (typeof pair !== 'object' || pair === null) throw invalidHeadersInit()
  const [name, value, ...more] = pair
  if (name === undefined || value === undefined || more.length > 0) throw invalidHeadersInit()
  headers.append(name, value)
}

function joined(fields: readonly string[], name: string): string | null {
  let found: string | null = null
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name)
      found = found === null ? (fields[i + 1] as string) : `${found}, ${fields[i + 1]}`
  }
  return found
}

function remove(fields: string[], name: string, from: number): void {
  let kept = from
  for (let i = from; i < fields.length; i += 2) {
    if (fields[i] === name) continue
    fields[kept] = fields[i] as string
    fields[kept + 1] = fields[i + 1] as string
    kept += 2
  }
  fields.length = kept
}

function copyOf(fields: readonly string[]): string[] {
  const copy: string[] = []
  for (let i = 0; i < fields.length; i += 1) copy[i] = fields[i] as string
  return copy
}

/** By name, values of one name together, but each Set-Cookie by itself (Fetch, "sort and combine"). */
function sorted(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  const seen = new Map<string, [string, string]>()
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string]
    const first = name === 'set-cookie' ? undefined : seen.get(name)
    if (first) first[1] += `, ${value}`
    else {
      const pair: [string, string] = [name, value]
      seen.set(name, pair)
      pairs.push(pair)
    }
  }
  return pairs.sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0))
}
