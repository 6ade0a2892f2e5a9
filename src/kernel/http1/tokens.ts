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

export const CR = 13
export const LF = 10
export const SPACE = 32
export const TAB = 9
export const COLON = 58
export const UNDERSCORE = 95
export const DEL = 127
