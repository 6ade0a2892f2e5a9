import { type IPWords, parseIP } from './ip-address.ts'

const WORD_BITS = 32

/** All addresses that begin with the same bits. */
export interface IPNetwork {
  /** The first of them. */
  readonly first: IPWords
  readonly bits: number
  /** Bits were set that do not count. */
  readonly meaningless: boolean
}

/** Reads an address, or a network as address/bits. */
export function parseIPNetwork(text: string): IPNetwork | undefined {
  const slash = text.indexOf('/')
  const words = parseIP(slash < 0 ? text : text.slice(0, slash))
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
export function lastOfNetwork({ first, bits }: IPNetwork): IPWords {
  return first.map((word, i) => (word | ~maskOf(bits, i)) >>> 0)
}

/** Whether an address is in a network. */
export function isInNetwork({ first, bits }: IPNetwork, words: IPWords): boolean {
  return (
    first.length === words.length &&
    first.every((word, i) => ((words[i] ?? 0) & maskOf(bits, i)) >>> 0 === word)
  )
}

/** The bits of word `i` that count. */
function maskOf(bits: number, i: number): number {
  const here = Math.min(Math.max(bits - i * WORD_BITS, 0), WORD_BITS)
  // A shift by 32 would shift by nothing.
  return here === 0 ? 0 : (-1 << (WORD_BITS - here)) >>> 0
}
