import { invalidHeaderName, invalidHeaderValue } from './errors.ts'
import { exec, PlainString, toLowerCase } from './primordials.ts'

// What must not be there is looked for: a match that fails makes no array.
const UNUSUAL = /[^!#$%&'*+\-.^_`|~0-9a-z]/
const NO_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
const FORBIDDEN = /[\0\n\r\u0100-\uffff]/

/** A header's name as it is kept: a token in lower case (RFC 9110, section 5.1). */
export function headerName(name: unknown): string {
  const text = PlainString(name)
  if (text !== '' && exec(UNUSUAL, text) === null) return text
  if (text === '' || exec(NO_TOKEN, text) !== null) throw invalidHeaderName(text)
  return toLowerCase(text)
}

/** A header's value as it is kept: trimmed, bytes only, no NUL and no line end. */
export function headerValue(name: string, value: unknown): string {
  let text = PlainString(value)
  if (isSpace(text[0]) || isSpace(text[text.length - 1])) text = trimmed(text)
  if (exec(FORBIDDEN, text) !== null) throw invalidHeaderValue(name)
  return text
}

function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text[start])) start += 1
  while (end > start && isSpace(text[end - 1])) end -= 1
  return text.substring(start, end)
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r'
}
