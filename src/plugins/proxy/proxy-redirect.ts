import type { Entry, Exchange, Template } from 'gateway/plugin'

/** One rule for the URLs in responses. */
export interface ProxyRedirect {
  /** A prefix, or a regular expression. */
  readonly from: Template | RegExp
  readonly to: Template
}

/** Reads `default`, `off`, or a prefix or `~regex` with its replacement. */
export function readProxyRedirect(
  entry: Entry,
  before: readonly ProxyRedirect[] | 'default' | undefined,
): readonly ProxyRedirect[] | 'default' {
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
  rules: readonly ProxyRedirect[],
  url: string,
): string | undefined {
  for (const { from, to } of rules) {
    if (from instanceof RegExp) {
      const match = from.exec(url)
      if (match) return replaceMatch(x, url, match, to)
      continue
    }
    const prefix = from.constant ?? from.render(x)
    if (url.startsWith(prefix)) return to.render(x) + url.slice(prefix.length)
  }
  return undefined
}

/** As in nginx, the replacement takes the place of what matched; `$1` is of this match. */
function replaceMatch(x: Exchange, url: string, match: RegExpExecArray, to: Template): string {
  const { captures } = x
  x.captures = match
  const text = to.render(x)
  x.captures = captures
  return url.slice(0, match.index) + text + url.slice(match.index + match[0].length)
}
