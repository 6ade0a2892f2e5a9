const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * Bytes as crypt(3) writes them: groups of up to three, whose places in the digest each scheme has of
 * its own, and of each the lowest six bits first.
 */
export function cryptBase64(bytes: Uint8Array, groups: readonly (readonly number[])[]): string {
  let out = ''
  for (const group of groups) {
    let word = group.reduce((sum, place) => sum * 256 + (bytes[place] as number), 0)
    for (let i = 0; i <= group.length; i++, word >>= 6) out += ALPHABET[word & 63]
  }
  return out
}
