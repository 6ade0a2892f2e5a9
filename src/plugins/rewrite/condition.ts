import type { Stats } from 'node:fs'
import { capture, type Entry, type Exchange, statsOf, uncapture } from 'gateway/plugin'
import type { Run } from './sequence.ts'

/** What an `if` asks. */
export type Condition = (x: Exchange, run: Run) => boolean

/** Reads a condition in its brackets: `($a)`, `($a = b)`, `($a ~* regex)`, `(!-f path)`. */
export function readCondition(entry: Entry): Condition {
  const words = withoutBrackets(entry)
  const [first = ''] = words
  if (first.startsWith('$') && first.length > 1) return ofVariable(entry, words)
  if (/^!?-.$/s.test(first)) return ofFile(entry, words)
  return invalid(entry, first)
}

function withoutBrackets(entry: Entry): string[] {
  const words = [...entry.args]
  const [first = ''] = words
  if (!first.startsWith('(')) return invalid(entry, first)
  words[0] = first.slice(1)
  const last = words.at(-1) ?? ''
  if (!last.endsWith(')')) return invalid(entry, last)
  words[words.length - 1] = last.slice(0, -1)
  // A bracket that stands alone is no word.
  if (words[0] === '' && words.length > 1) words.shift()
  if (last === ')' && words.length > 1) words.pop()
  return words
}

function invalid(entry: Entry, word: string): never {
  return entry.fail(
    `invalid condition "${word}"`,
    'write ($a), ($a = text), ($a != text), ($a ~ regex) or (-f path)',
  )
}

function ofVariable(entry: Entry, words: readonly string[]): Condition {
  const [variable = '', operator, operand = ''] = words
  if (words.length !== 1 && words.length !== 3) return invalid(entry, variable)
  const get = entry.variable(variable.slice(1))
  const value = (x: Exchange) => get(x) ?? ''
  switch (operator) {
    case undefined:
      return (x) => {
        const text = value(x)
        return text !== '' && text !== '0'
      }
    case '=':
    case '!=': {
      const wanted = entry.template(operand)
      const equal = operator === '='
      return (x) => (value(x) === wanted.render(x)) === equal
    }
    case '~':
    case '~*':
    case '!~':
    case '!~*': {
      const regex = entry.regex(operand, operator.endsWith('*') ? 'i' : '')
      return matching(value, regex, operand, operator.startsWith('!'))
    }
    default:
      return entry.fail(`unexpected "${operator}" in condition`)
  }
}

function matching(
  value: (x: Exchange) => string,
  regex: RegExp,
  source: string,
  negated: boolean,
): Condition {
  const matches = `"${source}" matches`
  const doesNot = `"${source}" does not match`
  return (x, run) => {
    const text = value(x)
    const match = regex.exec(text)
    run.note(x, match ? matches : doesNot, text)
    if (match) capture(x, match)
    else uncapture(x)
    return (match !== null) !== negated
  }
}

/** By the letter of the operator. */
const TESTS: Readonly<Record<string, (stats: Stats) => boolean>> = {
  f: (stats) => stats.isFile(),
  d: (stats) => stats.isDirectory(),
  e: (stats) => stats.isFile() || stats.isDirectory(),
  x: (stats) => (stats.mode & OWNER_MAY_RUN) !== 0,
}
const OWNER_MAY_RUN = 0o100

function ofFile(entry: Entry, words: readonly string[]): Condition {
  const [operator = '', path = ''] = words
  const test = TESTS[operator.at(-1) ?? '']
  if (words.length !== 2 || !test) return invalid(entry, operator)
  const template = entry.template(path)
  const negated = operator.startsWith('!')
  return (x) => {
    const name = template.render(x)
    const stats = name.includes('\0') ? undefined : statsOf(x, name)
    return (stats !== undefined && test(stats)) !== negated
  }
}
