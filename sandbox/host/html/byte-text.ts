/**
 * Documents are handled as byte strings, one character for each byte: whatever is in them, what is
 * not rewritten leaves as it came. Markup is ASCII, and no byte of a longer UTF-8 sequence is.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ASCII = /^[\x00-\x7f]*$/

/** The text a byte string is in UTF-8. */
export function textOf(bytes: string): string {
  return ASCII.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString()
}

/** The byte string a text is in UTF-8. */
export function byteString(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1')
}

/** In lower case as HTML means it: of ASCII only, other bytes are parts of other characters. */
export function lowerCase(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The length of what of a byte string ends with a whole UTF-8 sequence. */
export function wholeLength(bytes: string): number {
  const { length } = bytes
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes.charCodeAt(length - back)
    if (byte < 0x80) return length
    if (byte < 0xc0) continue
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return size > back ? length - back : length
  }
  return length
}
