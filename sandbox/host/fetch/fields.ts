import { badFetchRequest, fetchHeadersExceeded } from '../errors.ts'
import type { FetchLimits } from './fetch-limits.ts'

/** Fields of a head in their order, names as they were sent. A character of a value is one byte. */
export type Fields = readonly (readonly [name: string, value: string])[]

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a value must not have.
const NOT_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/

/**
 * Fields of which the gateway is the author: framing, routing, and what would let a script speak
 * past this request. The Fetch standard drops what it forbids without a word, and so does this.
 */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What a server is told about us where the script says nothing, as the Fetch standard has it. */
const DEFAULTS: Fields = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
]

/** The fields that are sent for what a script has set. Throws where one cannot be sent. */
export function sendableFields(fields: Fields, limits: FetchLimits): Fields {
  let bytes = 0
  const names = new Set<string>()
  const sent: (readonly [string, string])[] = []
  for (const [name, value] of fields) {
    if (!TOKEN.test(name)) throw badFetchRequest('a header name is no token')
    if (NOT_IN_VALUE.test(value)) throw badFetchRequest(`the value of ${name} cannot be sent`)
    bytes += name.length + value.length + 4
    const lower = name.toLowerCase()
    if (OURS.has(lower)) continue
    names.add(lower)
    sent.push([name, value])
  }
  if (fields.length > limits.headers) throw fetchHeadersExceeded(`${fields.length} fields`)
  if (bytes > limits.headerBytes) throw fetchHeadersExceeded(`${bytes} bytes`)
  return [...sent, ...DEFAULTS.filter(([name]) => !names.has(name))]
}

/** The fields of an answer from undici's flat list. Throws where there are too many. */
export function receivedFields(flat: readonly string[], limits: FetchLimits): Fields {
  const count = flat.length / 2
  if (count > limits.headers) throw fetchHeadersExceeded(`${count} fields`)
  return Array.from({ length: count }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''])
}

/** The first value under a name in lower case. */
export function fieldOf(fields: Fields, name: string): string | undefined {
  return fields.find(([each]) => each.toLowerCase() === name)?.[1]
}

/** All but the fields under these names in lower case. */
export function without(fields: Fields, names: ReadonlySet<string>): Fields {
  return fields.filter(([name]) => !names.has(name.toLowerCase()))
}
