import { Fields, type Head, isToken } from 'gateway/plugin'
import { LINE } from '../../../../sandbox/border/lines.ts'
import type { AnswerLimits } from '../../../../sandbox/host/answer.ts'
import { checkLines, checkStatus } from '../../../../sandbox/host/answer-check.ts'
import { badHeader, headersExceeded } from '../../../../sandbox/host/answer-error.ts'
import { headOf } from './head-text.ts'

/** Fields that are the kernel's to write, or members of a head (RFC 9110, section 7.6.1). */
const NOT_THEIRS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Beside its fields, a head has less than so many characters. */
const ROOM = 1024
/** A character in JSON, at most. */
const ESCAPED = 6

/** The head a record has made, checked as answers of scripts are. Throws an `AnswerError`. */
export function checkedHead(text: string, limits: AnswerLimits): Head {
  if (text.length > ESCAPED * limits.headerBytes + ROOM) {
    throw headersExceeded('bytes', limits.headerBytes)
  }
  const head = parsed(text, limits)
  head.status = checkStatus(head.status)
  for (const value of [head.reason, head.type]) {
    if (value !== undefined) checkLines(['content-type', textIn(value)].join(LINE), limits)
  }
  head.length = countIn(head.length)
  head.modified = countIn(head.modified)
  head.ranges = head.ranges === true
  head.flush = head.flush === true
  return head
}

/** Trailer fields a record has made, checked. Throws an `AnswerError`. */
export function checkedTrailers(text: string, limits: AnswerLimits): Fields {
  if (text.length > ESCAPED * limits.headerBytes) {
    throw headersExceeded('bytes', limits.headerBytes)
  }
  try {
    return checkedFields(JSON.parse(text), limits)
  } catch (error) {
    throw error instanceof SyntaxError ? badHeader('trailer') : error
  }
}

/** Makes one head like another, which a chain has in its hands already. */
export function becomeLike(head: Head, other: Head): void {
  head.status = other.status
  head.reason = other.reason
  head.type = other.type
  head.length = other.length
  head.modified = other.modified
  head.ranges = other.ranges
  head.flush = other.flush
  head.trailers = other.trailers
  head.fields.list.splice(0, head.fields.list.length, ...other.fields.list)
}

function parsed(text: string, limits: AnswerLimits): Head {
  try {
    return headOf(text, (list) => checkedFields(list, limits))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw badHeader('head')
    throw error
  }
}

function checkedFields(list: unknown, limits: AnswerLimits): Fields {
  if (!Array.isArray(list) || list.length % 2 !== 0) throw badHeader('head')
  if (list.length > 2 * limits.headerCount) throw headersExceeded('lines', limits.headerCount)
  const fields = new Fields()
  let bytes = 0
  for (let i = 0; i < list.length; i += 2) {
    const name = textIn(list[i])
    const value = textIn(list[i + 1])
    bytes += name.length + value.length
    if (bytes > limits.headerBytes) throw headersExceeded('bytes', limits.headerBytes)
    if (!isToken(name)) throw badHeader(name)
    checkLines([name.toLowerCase(), value].join(LINE), limits)
    if (!NOT_THEIRS.has(name.toLowerCase())) fields.add(name, value)
  }
  return fields
}

/** A text on one line: what is split into lines to be checked must not be several itself. */
function textIn(value: unknown): string {
  if (typeof value !== 'string' || value.includes(LINE)) throw badHeader(String(value))
  return value
}

function countIn(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw badHeader('head')
  return value as number
}
