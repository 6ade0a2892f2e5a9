import type { Entry, Exchange, Template } from 'gateway/plugin'

/** What a value of an answer must look like, and what it becomes then. */
export interface ValueRule {
  readonly from: Template | RegExp
  readonly to: Template
}

/** What takes the place of a whole value that a regular expression fits: `$1` is of this match. */
export function replacement(x: Exchange, match: RegExpExecArray, to: Template): string {
  const { captures } = x
  x.captures = match
  const text = to.render(x)
  x.captures = captures
  return text
}

/** The value as the first rule that fits makes it; undefined when none does. `compare` is for texts. */
export function rewritten(
  x: Exchange,
  rules: readonly ValueRule[],
  value: string,
  compare: (value: string, from: string, to: Template, x: Exchange) => string | undefined,
): string | undefined {
  for (const { from, to } of rules) {
    if (from instanceof RegExp) {
      const match = from.exec(value)
      if (match) return replacement(x, match, to)
      continue
    }
    const changed = compare(value, from.render(x), to, x)
    if (changed !== undefined) return changed
  }
  return undefined
}

/** What begins as the rule says begins otherwise. */
export function withoutPrefix(
  value: string,
  from: string,
  to: Template,
  x: Exchange,
): string | undefined {
  return value.startsWith(from) ? to.render(x) + value.slice(from.length) : undefined
}

/** Says that there are no rules here, whatever stands above. */
export const OFF: readonly never[] = Object.freeze([])

/** Adds a rule to those before it, or reads `off`, which stands alone. */
export function foldRules<R>(
  entry: Entry,
  before: readonly R[] | undefined,
  read: () => R,
): readonly R[] {
  if (before === OFF) return entry.fail(`"off" stands alone`)
  if (entry.args.length > 1) return [...(before ?? []), read()]
  if (entry.args[0] !== 'off') return entry.fail(`invalid parameter "${entry.args[0]}"`)
  return before ? entry.fail('"off" stands alone') : OFF
}
