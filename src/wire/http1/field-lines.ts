import { Fields } from './fields.ts'
import { isToken, trimBlanks } from './tokens.ts'

/** More lines than this in one trailer section are refused. */
const LINES_LIMIT = 100

/**
 * Field lines outside a head (chunked trailers), each ended by CRLF. A string is what is wrong
 * with them, as a lower-case fragment; undefined means there are none.
 */
export function parseFieldLines(text: string): Fields | string | undefined {
  const fields = new Fields()
  const lines = text.split('\r\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > LINES_LIMIT) return 'too many trailers'
  for (const line of lines) {
    const colon = line.indexOf(':')
    // A folded line or a space before the colon fails here as well: neither is a token.
    if (colon < 1 || !isToken(line.slice(0, colon))) return 'an invalid trailer name'
    const value = trimBlanks(line.slice(colon + 1))
    if (!isFieldValue(value)) return 'an invalid trailer value'
    fields.add(line.slice(0, colon), value)
  }
  return fields.list.length > 0 ? fields : undefined
}

/** Whether a value can stand in a field line: no control characters but tabs. */
export function isFieldValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}
