import type { Entry } from 'gateway/plugin'

/** Where a browser's version stands in User-Agent. */
interface Mask {
  readonly name: string
  /** How much of the field is no part of it. */
  readonly skip: number
  readonly word: string
  /** Where the version begins, from the word on. */
  readonly add: number
}

const mask = (name: string, before: string, word: string, add = word.length): Mask => {
  return { name, skip: before.length, word, add }
}

/** In the order they are looked for: an Opera may call itself MSIE. */
const MASKS: readonly Mask[] = [
  mask('opera', '', 'Opera', 'Opera '.length),
  mask('msie', 'Mozilla/4.0 (compatible; ', 'MSIE '),
  mask('gecko', 'Mozilla/5.0 (', 'rv:'),
  mask('safari', 'Mozilla/5.0 (', 'Safari/'),
  mask('konqueror', 'Mozilla/5.0 (compatible; ', 'Konqueror/'),
]
/** No browser has it. */
const UNREACHABLE = 4_001_000_000
const FIRST_SCALE = 1_000_000
const NEXT_SCALE = 100

/** From which version on browsers are modern, by mask. */
export type Modern = ReadonlyMap<Mask, number>

/** Adds a line of `modern_browser`. */
export function withModern(entry: Entry, before: Modern | undefined): Modern {
  const [name = '', version = ''] = entry.args
  const found = MASKS.find((each) => each.name === name.toLowerCase())
  if (!found) return entry.fail(`unknown browser name "${name}"`)
  if (!/^[\d.]*$/.test(version)) entry.fail(`invalid browser version "${version}"`)
  const [opera] = MASKS as [Mask]
  const known = before ?? new Map([[opera, UNREACHABLE]])
  return new Map([...known, [found, numberOf(version)]])
}

/** Whether an agent is one of these and new enough; undefined where it is none of them. */
export function isModern(agent: string, modern: Modern): boolean | undefined {
  for (const each of MASKS) {
    const least = modern.get(each)
    if (least === undefined) continue
    const at = agent.indexOf(each.word, each.skip)
    const from = at + each.add
    if (at < 0 || from >= agent.length) continue
    return numberOf(/^[\d.]*/.exec(agent.slice(from))?.[0] ?? '') >= least
  }
  return undefined
}

/** Each part of a version weighs a hundred times the next one, as in nginx. */
function numberOf(version: string): number {
  let scale = FIRST_SCALE
  let sum = 0
  for (const part of version.split('.')) {
    sum += Math.floor(Number(part) * scale)
    scale = Math.floor(scale / NEXT_SCALE)
  }
  return sum
}
