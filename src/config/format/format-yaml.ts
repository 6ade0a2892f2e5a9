import { isScalar, Lexer, parseDocument } from 'yaml'
import { readYaml } from '../read-yaml.ts'
import type { RawText, RawValue } from '../tree.ts'
import { NOTHING } from './nothing.ts'
import { quotesMatter } from './quotes.ts'
import { restyle } from './restyle.ts'

/** What is right, and cannot be formatted without a risk; the message is a fragment. */
export class UnsafeFormat extends Error {
  override readonly name = 'UnsafeFormat'
}

/** Formatting what was formatted changes nothing; if not after so many times, it never will. */
const ROUNDS = 4

/**
 * A configuration text in the project's style: comments, blank lines, order and meaning are kept.
 * Throws `ConfigError` for what is not YAML, `UnsafeFormat` for what had better stay as it is.
 */
export function formatYaml(text: string, file: string): string {
  const before = readingOf(text, file)
  let formatted = text
  for (let round = 0; ; round++) {
    if (round === ROUNDS) throw new UnsafeFormat('formatting it comes to no end')
    const next = formatOnce(formatted)
    if (next === formatted) break
    formatted = next
  }
  if (!isSame(before, readingOf(formatted, file))) {
    throw new UnsafeFormat('formatted, it would mean something else')
  }
  if (commentsIn(text).join('\n') !== commentsIn(formatted).join('\n')) {
    throw new UnsafeFormat('formatted, its comments would stand elsewhere')
  }
  return formatted
}

function formatOnce(text: string): string {
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    customTags: [NOTHING],
  })
  // Comments alone are right as they are.
  const { contents } = document
  if (!contents || (isScalar(contents) && contents.value === null)) return text
  // The reader takes `@name` without quotes; whatever else is wrong it has refused already.
  document.errors = []
  restyle(document)
  return document.toString({ lineWidth: 0, minContentWidth: 0 })
}

function readingOf(text: string, file: string): RawValue | undefined {
  return readYaml(text, 0, file, () => []).value
}

/** Whether two readings come to the same directives, whatever those are. */
function isSame(one: RawValue | undefined, other: RawValue | undefined): boolean {
  if (!one || !other) return one === other
  if ('text' in one) return 'text' in other && isSameText(one, other)
  if ('list' in one) {
    if (!('list' in other) || one.list.length !== other.list.length) return false
    return one.list.every((item, i) => isSame(item, other.list[i]))
  }
  if (!('map' in one) || !('map' in other) || one.map.length !== other.map.length) return false
  return one.map.every(({ key, value }, i) => {
    const pair = other.map[i]
    return pair !== undefined && isSameText(key, pair.key) && isSame(value, pair.value)
  })
}

function isSameText(one: RawText, other: RawText): boolean {
  if (one.text !== other.text) return false
  return one.quoted === other.quoted || !quotesMatter(one.text)
}

function commentsIn(text: string): string[] {
  return [...new Lexer().lex(text)]
    .filter((each) => each.startsWith('#'))
    .map((each) => each.trim())
}
