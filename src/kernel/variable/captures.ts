import type { Exchange } from '../exchange/exchange.ts'
import { slotOf } from './slots.ts'
import type { Getter } from './variable.ts'

/**
 * Makes `match` the one that `$1`…`$9` come from. Named groups become variables that keep their
 * values when another expression matches later, as in nginx.
 */
export function capture(x: Exchange, match: RegExpExecArray): void {
  // Whoever set the former match (a server name) may not have kept its names.
  if (x.captures?.groups) keep(x, x.captures.groups)
  x.captures = match
  if (match.groups) keep(x, match.groups)
}

/** Makes `$1`…`$9` empty, as nginx does when an expression did not match. Names keep their values. */
export function uncapture(x: Exchange): void {
  if (x.captures?.groups) keep(x, x.captures.groups)
  x.captures = undefined
}

/** From here on named groups have their values apart from the match, so that one can be changed. */
export function settleCaptures(x: Exchange): void {
  const groups = x.captures?.groups
  if (!groups) return
  keep(x, groups)
  // The match itself may be another request's, too: that of a server name. The copy has no names.
  x.captures = x.captures?.slice() as RegExpExecArray
}

function keep(x: Exchange, groups: Readonly<Record<string, string | undefined>>): void {
  x.values ??= []
  for (const name in groups) x.values[slotOf(name.toLowerCase())] = groups[name]
}

/** The getter of `$1`…`$9`. */
export function numberedCapture(index: number): Getter {
  return (x) => x.captures?.[index]
}

/** The getter of a named group, as written in the expression. */
export function namedCapture(group: string): Getter {
  const slot = slotOf(group.toLowerCase())
  return (x) => x.captures?.groups?.[group] ?? x.values?.[slot]
}
