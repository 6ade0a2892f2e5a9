import { Buffer } from 'node:buffer'

/** How values of variables are made safe in a line: nginx's `escape=`. */
export const ESCAPES = ['default', 'json', 'none'] as const
export type Escape = (typeof ESCAPES)[number]

/** What a value becomes in a line; undefined is a variable without a value. */
export type Escaper = (value: string | undefined) => string

/** The escaper of each way. Values are byte strings; what comes out is text. */
export const escapers: Readonly<Record<Escape, Escaper>> = {
  default: (value) => {
    if (value === undefined) return '-'
    return UNSAFE.test(value) ? value.replace(EACH_UNSAFE, hex) : value
  },
  json: (value) => {
    if (value === undefined) return ''
    // JSON escapes what nginx escapes, and quotes the whole, which is not wanted here.
    return JSON_UNSAFE.test(value) ? JSON.stringify(decoded(value)).slice(1, -1) : value
  },
  none: (value) => (value === undefined ? '' : decoded(value)),
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /["\\\x00-\x1f\x7f-\uffff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const EACH_UNSAFE = /["\\\x00-\x1f\x7f-\uffff]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const JSON_UNSAFE = /["\\\x00-\x1f\x80-\xff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is looked for
const NOT_ASCII = /[^\x00-\x7f]/

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** The text whose UTF-8 bytes a byte string holds; bytes that are not UTF-8 are replaced. */
export function decoded(value: string): string {
  return NOT_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value
}
