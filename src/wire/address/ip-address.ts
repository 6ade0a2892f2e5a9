import { isIPv6 } from 'node:net'

/** An IP address in numbers of 32 bits: one for IPv4, four for IPv6. */
export type IPWords = readonly number[]

/** The numbers of an IPv4 or IPv6 address in its usual notation, without a zone. */
export function parseIP(text: string): IPWords | undefined {
  if (!text.includes(':')) {
    const word = parseIPv4(text)
    return word === undefined ? undefined : [word]
  }
  return isIPv6(text) && !text.includes('%') ? parseIPv6(text) : undefined
}

/** The bytes of an address: four, or sixteen. */
export function bytesOfIP(words: IPWords): readonly number[] {
  return words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255))
}

/** The number of `10.0.0.1`; as in nginx, all four parts are there and decimal. */
export function parseIPv4(text: string): number | undefined {
  let word = 0
  let part = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46 && part >= 0 && dots < 3) {
      word = word * 256 + part
      part = -1
      dots++
    } else if (code >= 48 && code <= 57) {
      part = Math.max(part, 0) * 10 + code - 48
      if (part > 255) return undefined
    } else {
      return undefined
    }
  }
  return dots === 3 && part >= 0 ? word * 256 + part : undefined
}

/** An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) as IPv4; any other as it is. */
export function unmappedIP(words: IPWords): IPWords {
  const [a, b, c, last] = words
  return a === 0 && b === 0 && c === 0xffff && last !== undefined ? [last] : words
}

function parseIPv6(text: string): IPWords {
  const [head = '', tail] = withoutDottedQuad(text).split('::')
  const front = groupsOf(head)
  const back = groupsOf(tail ?? '')
  const groups = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
  return [0, 2, 4, 6].map((i) => (groups[i] ?? 0) * 65_536 + (groups[i + 1] ?? 0))
}

/** `::1.2.3.4` as `::102:304`. */
function withoutDottedQuad(text: string): string {
  const start = text.lastIndexOf(':') + 1
  const word = text.includes('.', start) ? parseIPv4(text.slice(start)) : undefined
  if (word === undefined) return text
  return `${text.slice(0, start)}${Math.floor(word / 65_536).toString(16)}:${(word % 65_536).toString(16)}`
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
