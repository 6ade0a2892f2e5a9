/** Character classes of HTTP/1 heads, by byte. */

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function classOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}

/** Bytes of a method, as nginx takes them. */
export const METHOD_BYTE = classOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ_-')
/** Bytes of a field name that nobody objects to; underscores are a directive's decision. */
export const NAME_BYTE = classOf(`${ALPHANUMERIC}-`)
/** Bytes of a token (RFC 9110 section 5.6.2). */
export const TOKEN_BYTE = classOf(`${ALPHANUMERIC}!#$%&'*+-.^_\`|~`)

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN_BYTE[text.charCodeAt(i)] !== 1) return false
  return text.length > 0
}

/**
 * A text without the spaces and tabs around it (RFC 9110 section 5.5). Unlike `trim` it leaves the
 * byte A0 alone, in which many a letter of UTF-8 ends; unlike a regular expression it is linear.
 */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/** Whether the bytes from `from` on are a name, which is given in lower case, in any case. */
export function spellsAnyCase(bytes: Uint8Array, from: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[from + i] as number
    const lower = byte >= UPPER_A && byte <= UPPER_Z ? byte | 32 : byte
    if (lower !== name.charCodeAt(i)) return false
  }
  return true
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

export const CR = 13
export const LF = 10
export const SPACE = 32
export const TAB = 9
export const ZERO = 48
const NINE = 57
const UPPER_A = 65
const UPPER_Z = 90
export const COLON = 58
export const UNDERSCORE = 95
export const DEL = 127
