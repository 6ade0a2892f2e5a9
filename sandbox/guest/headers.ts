import { LINE } from '../border/lines.ts'
import type { Message } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { immutableHeaders, invalidHeadersInit } from './errors.ts'
import { headerName, headerValue } from './header-syntax.ts'
import { host } from './host.ts'
import { iterate, type PairSource } from './pairs.ts'
import { join, keysOf, PlainString, split } from './primordials.ts'

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
/** Adds a field unless there is one of that name, whatever the guard. */
export let defaultField: (headers: Headers, name: string, value: string) => void

const UNREAD = -1

/**
 * The fields of a message. Those of a message at the host are asked for one by one, and fetched as a
 * whole only when they are listed or changed.
 */
export class Headers {
  /** Name, value, name, value…; names in lower case, in the order of their arrival. */
  #fields: string[] | undefined
  #message: Message = UNREAD
  #isImmutable = false

  constructor(init?: HeadersInit) {
    this.#fields = []
    if (init !== undefined) fill(this, init)
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
      return (
        (host(RequestOp.header, this.#message, PlainString(name)) as string | undefined) ?? null
      )
    }
    return joined(this.#fields, headerName(name))
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
    this.#fields ??= fieldsAt(this.#message)
    return this.#fields
  }

  #mutable(): string[] {
    if (this.#isImmutable) throw immutableHeaders()
    return this.#all()
  }

  #pairs(): PairSource<string> {
    return { pairs: () => sorted(this.#all()) }
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
    freezeHeaders = (headers) => {
      headers.#isImmutable = true
      return headers
    }
    isHeaders = (value): value is Headers => #fields in value
    copyHeaders = (headers) => {
      const copy = new Headers()
      copy.#fields = headers.#fields === undefined ? undefined : copyOf(headers.#fields)
      copy.#message = headers.#message
      return copy
    }
    linesOf = (headers) => (headers.#fields === undefined ? undefined : join(headers.#fields, LINE))
    untouchedMessage = (headers) => (headers.#fields === undefined ? headers.#message : UNREAD)
    defaultField = (headers, name, value) => {
      const fields = headers.#all()
      if (joined(fields, name) !== null) return
      fields[fields.length] = name
      fields[fields.length] = value
    }
  }
}

function fieldsAt(message: Message): string[] {
  const lines = host(RequestOp.headerLines, message) as string
  return lines === '' ? [] : split(lines, LINE)
}

function fill(headers: Headers, init: HeadersInit): void {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    throw invalidHeadersInit()
  }
  if (Symbol.iterator in init && init[Symbol.iterator] !== undefined) {
    for (const pair of init as Iterable<Iterable<string>>) append(headers, pair)
    return
  }
  const record = init as Record<string, string>
  for (const name of keysOf(record)) headers.append(name, record[name] as string)
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
