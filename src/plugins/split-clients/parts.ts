import { byteString, type Entry } from 'gateway/plugin'
import { murmurHash2 } from './murmur-hash.ts'

/** A whole, in hundredths of a percent. */
const WHOLE = 10_000
const LARGEST_HASH = 0xffffffff

/** One line: the hashes below `end` that no earlier line has. */
export interface Part {
  readonly end: number
  readonly value: string
}

/** Reads the lines of a block, whose shares are laid end to end as nginx does. */
export function readParts(entry: Entry): readonly Part[] {
  let sum = 0
  let end = 0
  return (entry.block ?? []).map((node) => {
    const line = entry.at(node.mark)
    const [value, ...more] = node.args
    if (value === undefined || more.length > 0 || node.block) {
      return line.fail('invalid number of the split_clients parameters')
    }
    const share = node.name === '*' ? 'rest' : readShare(line, node.name)
    sum = share === 'rest' ? WHOLE : sum + share
    if (sum > WHOLE) return line.fail('percent total is greater than 100%')
    if (share !== 'rest') end += Math.floor((share * LARGEST_HASH) / WHOLE)
    return { end: share === 'rest' ? Number.POSITIVE_INFINITY : end, value: byteString(value) }
  })
}

/** Which value a source gets; empty where no line has its hash. */
export function choose(parts: readonly Part[], source: string): string {
  const hash = murmurHash2(source)
  for (const { end, value } of parts) if (hash < end) return value
  return ''
}

/** Hundredths of a percent of `0.5%`. */
function readShare(line: Entry, word: string): number {
  const [, whole = '', fraction = ''] = /^(\d{0,9})(?:\.(\d{0,2}))?%$/.exec(word) ?? []
  const share = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  return share > 0 ? share : line.fail(`invalid percent value "${word}"`)
}
