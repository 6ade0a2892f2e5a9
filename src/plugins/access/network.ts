import { type IPWords, parseIP } from 'gateway/plugin'

/** An address in numbers: one word for IPv4, four for IPv6. */
export type Words = readonly number[]

/** Which clients a rule is about. */
export type Network =
  | { readonly kind: 'all' }
  | { readonly kind: 'unix' }
  | {
      readonly kind: 'ip'
      readonly words: Words
      readonly mask: Words
      /** Bits were set that the mask covers. */
      readonly meaningless: boolean
    }

const WORD_BITS = 32

/** Reads `all`, `unix:`, an address, or a network as address/bits. */
export function parseNetwork(text: string): Network | undefined {
  if (text === 'all') return { kind: 'all' }
  if (text === 'unix:') return { kind: 'unix' }
  const [address = '', bits, ...rest] = text.split('/')
  const words = parseAddress(address)
  if (!words || rest.length > 0) return undefined
  const width = words.length * WORD_BITS
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > width)) return undefined
  const mask = maskOf(bits === undefined ? width : Number(bits), words.length)
  const masked = words.map((word, i) => (word & (mask[i] ?? 0)) >>> 0)
  const meaningless = masked.some((word, i) => word !== words[i])
  return { kind: 'ip', words: masked, mask, meaningless }
}

/** The numbers of an address in its usual notation: elsewhere, 010 would be eight. */
export function parseAddress(text: string): IPWords | undefined {
  return LEADING_ZERO.test(text) ? undefined : parseIP(text)
}

const LEADING_ZERO = /^[^:]*(^|\.)0\d/

/** The IPv4 address in an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`). */
export function unmapped(words: Words): Words | undefined {
  const [a, b, c, last] = words
  return a === 0 && b === 0 && c === 0xffff && last !== undefined ? [last] : undefined
}

function maskOf(bits: number, length: number): Words {
  return Array.from({ length }, (_, i) => {
    const here = Math.min(Math.max(bits - i * WORD_BITS, 0), WORD_BITS)
    // A shift by 32 would shift by nothing.
    return here === 0 ? 0 : (-1 << (WORD_BITS - here)) >>> 0
  })
}
