import { parseAddress, type Words } from './address.ts'

const WORD_BITS = 32

/** All addresses that begin with the same bits. */
export interface Network {
  /** The first of them. */
  readonly first: Words
  readonly bits: number
  /** Bits were set that do not count. */
  readonly meaningless: boolean
}

/** Reads an address, or a network as address/bits. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const words = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!words) return undefined
  const width = words.length * WORD_BITS
  if (slash < 0) return { first: words, bits: width, meaningless: false }
  const digits = text.slice(slash + 1)
  const bits = Number(digits)
  if (!/^\d{1,3}$/.test(digits) || bits > width) return undefined
  const first = words.map((word, i) => (word & maskOf(bits, i)) >>> 0)
  return { first, bits, meaningless: first.some((word, i) => word !== words[i]) }
}

/** The last address of a network. */
export function lastOf({ first, bits }: Network): Words {
  return first.map((word, i) => (word | ~maskOf(bits, i)) >>> 0)
}

export function contains({ first, bits }: Network, words: Words): boolean {
  return (
    first.length === words.length &&
    first.every((word, i) => ((words[i] ?? 0) & maskOf(bits, i)) >>> 0 === word)
  )
}

/** Below zero where `a` comes before `b`; both are of one family. */
export function compare(a: Words, b: Words): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The bits of word `i` that count. */
function maskOf(bits: number, i: number): number {
  const here = Math.min(Math.max(bits - i * WORD_BITS, 0), WORD_BITS)
  // A shift by 32 would shift by nothing.
  return here === 0 ? 0 : (-1 << (WORD_BITS - here)) >>> 0
}
