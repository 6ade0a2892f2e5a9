const MULTIPLIER = 0x5bd1e995

/** MurmurHash2 of a byte string with seed 0, as nginx computes it: 32 bits without sign. */
export function murmurHash2(bytes: string): number {
  let hash = bytes.length
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    const word =
      bytes.charCodeAt(at) |
      (bytes.charCodeAt(at + 1) << 8) |
      (bytes.charCodeAt(at + 2) << 16) |
      (bytes.charCodeAt(at + 3) << 24)
    const mixed = Math.imul(word, MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed ^ (mixed >>> 24), MULTIPLIER)
  }
  if (at < bytes.length) {
    for (let i = bytes.length - 1; i >= at; i--) hash ^= bytes.charCodeAt(i) << (8 * (i - at))
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return (hash ^ (hash >>> 15)) >>> 0
}
