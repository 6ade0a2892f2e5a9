import { Buffer } from 'node:buffer'
import { mostStringSize, writeString } from './primitives.ts'
import { STATIC_NAMES } from './static-table.ts'

/**
 * Whether the other side is told to remember a field's values: each; one that came before; or none,
 * nor may anybody on the way, since it is a secret (RFC 7541, section 7.1.3).
 */
export type Indexing = 'each' | 'repeated' | 'never'

/** What an encoder knows of the name of a field. */
export interface FieldName {
  /** As it is sent: in lower case (RFC 9113, section 8.2). */
  readonly lower: string
  /** Its index in the static table, or 0. */
  readonly index: number
  /** Numbers the names there are, from 0 on. */
  readonly id: number
  readonly indexing: Indexing
  /** The name as a string literal. */
  readonly literal: Uint8Array
}

/** Spellings that are kept; what has another name costs more to send, and is not indexed. */
const MOST_SPELLINGS = 512
/** Of these there are few different values, or all answers of a second share one. */
const OF_FEW_VALUES: ReadonlySet<string> = new Set([
  ':status',
  'accept-ranges',
  'cache-control',
  'content-encoding',
  'content-type',
  'date',
  'server',
  'vary',
])
const SECRET: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
])
/** The id of all that are not kept. */
export const UNKNOWN_NAME = -1

const names = new Map<string, FieldName>()
for (const name of STATIC_NAMES) if (name !== '' && !names.has(name)) keep(name)

/** The name of a field, in any spelling. */
export function fieldName(spelling: string): FieldName {
  const known = names.get(spelling)
  if (known !== undefined) return known
  const lower = spelling.toLowerCase()
  const same = names.get(lower)
  if (names.size >= MOST_SPELLINGS) return same ?? makeName(lower, UNKNOWN_NAME)
  const name = same ?? keep(lower)
  names.set(spelling, name)
  return name
}

function keep(lower: string): FieldName {
  const name = makeName(lower, names.size)
  names.set(lower, name)
  return name
}

function makeName(lower: string, id: number): FieldName {
  const literal = Buffer.alloc(mostStringSize(lower))
  const index = Math.max(STATIC_NAMES.indexOf(lower), 0)
  const size = writeString(literal, 0, lower)
  return { lower, index, id, indexing: indexingOf(lower), literal: literal.subarray(0, size) }
}

function indexingOf(lower: string): Indexing {
  if (SECRET.has(lower)) return 'never'
  return OF_FEW_VALUES.has(lower) ? 'each' : 'repeated'
}
