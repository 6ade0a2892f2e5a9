import type { Crossing } from '../../../../sandbox/border/crossing.ts'

/** Numbers in [0, 1). */
export type Random = () => number

const NUMBERS = [
  ...[0, -0, 1, 2, 3, 7, 255, 1000, 1_000_000, 1_000_001, 0.5, 1.5, -1, -1_000_000],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, 2 ** 31 - 1],
  ...[2 ** 32, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e300, 5e-324],
]
/** Names that are members of every object, and what breaks lines, texts and paths. */
const TEXTS = [
  ...['', ' ', '\0', '\n', '\r\n', '\ud800', '\udc00\ud800', '\u2028', 'é', '日本', '😀', '\ufeff'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'],
  ...['0', '-1', '1e400', 'NaN', 'null', 'true', '[]', '{}', '"', '{"__proto__":{"a":1}}'],
  ...['../../etc/passwd', '/dev/stdin', 'file:///etc/passwd', '%00', '%zz', '${x}'],
  ...['a\nb', 'a\nb\nc\nd', 'host\nevil', 'x\r\nSet-Cookie: a=1', '<!--', '-->', '<script>', ']]>'],
]
/** How much longer than its limit a text can be, and how seldom one of that length is made. */
const LONG = [100, 5000, 70_000, 1_200_000] as const
const SELDOM = 0.004

export function pick<T>(random: Random, of: readonly T[]): T {
  return of[Math.floor(random() * of.length)] as T
}

/** A value of some kind that a host call may meet. */
export function hostile(random: Random): Crossing {
  const kind = random()
  if (kind < 0.1) return undefined
  if (kind < 0.4) return pick(random, NUMBERS)
  if (kind < 0.8) return hostileText(random)
  return bytes(random, random() < SELDOM ? 1_000_000 : Math.floor(random() * 40))
}

/** A right value with something wrong about it. */
export function mutated(random: Random, value: Crossing): Crossing {
  if (typeof value === 'number') return pick(random, [value + 1, value - 1, -value, value + 0.5])
  if (typeof value === 'string') return mutatedText(random, value)
  if (!(value instanceof Uint8Array)) return hostile(random)
  const changed = Uint8Array.from(value.subarray(0, Math.floor(random() * (value.length + 1))))
  if (changed.length > 0) changed[Math.floor(random() * changed.length)] = random() * 256
  return changed
}

function hostileText(random: Random): string {
  const text = pick(random, TEXTS)
  if (random() < SELDOM) return (text || 'x').repeat(pick(random, LONG))
  return random() < 0.3 ? text + pick(random, TEXTS) : text
}

function mutatedText(random: Random, text: string): string {
  const at = Math.floor(random() * (text.length + 1))
  const to = at + Math.floor(random() * 6)
  switch (Math.floor(random() * 5)) {
    case 0:
      return text.slice(0, at) + pick(random, TEXTS) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(to)
    case 2:
      return text.slice(0, at) + text.slice(at, to).repeat(3) + text.slice(to)
    case 3:
      return text.slice(0, at)
    default:
      return text + text
  }
}

function bytes(random: Random, length: number): Uint8Array {
  const made = new Uint8Array(length)
  const value = random() * 256
  for (let i = 0; i < made.length; i++) made[i] = length > 100 ? value : random() * 256
  return made
}
