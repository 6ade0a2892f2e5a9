import type { Entry, Exchange, Template } from 'gateway/plugin'
import { rewritten, type ValueRule, withoutPrefix } from './value-rule.ts'

/** Reads `default`, `off`, or a prefix or `~regex` with its replacement. */
export function readProxyRedirect(
  entry: Entry,
  before: readonly ValueRule[] | 'default' | undefined,
): readonly ValueRule[] | 'default' {
  const [from = '', to] = entry.args
  const earlier = before === undefined || before === 'default' ? [] : before
  if (to === undefined) {
    if (from === 'off') return []
    if (from === 'default') return 'default'
    return entry.fail(`"${from}" has no replacement`, 'write off, default, or two values')
  }
  return [...earlier, { from: readPattern(entry, from), to: entry.template(to) }]
}

function readPattern(entry: Entry, from: string): Template | RegExp {
  if (from.startsWith('~*')) return entry.regex(from.slice(2).trim(), 'i')
  if (from.startsWith('~')) return entry.regex(from.slice(1).trim())
  return entry.template(from)
}

/** The URL as the first rule that fits makes it; undefined when none does. */
export function redirected(
  x: Exchange,
  rules: readonly ValueRule[],
  url: string,
): string | undefined {
  return rewritten(x, rules, url, withoutPrefix)
}
