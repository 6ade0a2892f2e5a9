import { parseTime, type Template } from 'gateway/plugin'

/** When a response expires. Seconds may be negative. */
export type Expires =
  | { readonly kind: 'off' | 'epoch' | 'max' }
  /** After the request, or after the last modification. */
  | { readonly kind: 'access' | 'modified'; readonly seconds: number }
  /** At the next time of day, in seconds after midnight. */
  | { readonly kind: 'daily'; readonly seconds: number }
  /** Settled for each request; `base` is what a plain time counts from. */
  | { readonly kind: 'variable'; readonly base: 'access' | 'modified'; readonly text: Template }

const DAY = 86_400

/** Reads the value of `expires` (what follows `modified`, if that is the base); or what is wrong. */
export function parseExpires(
  text: string,
  base: 'access' | 'modified',
): Expires | { wrong: string } {
  if (base === 'access' && (text === 'epoch' || text === 'max' || text === 'off')) {
    return { kind: text }
  }
  const sign = text.charAt(0)
  if (sign === '@' && base === 'modified') {
    return { wrong: 'a time of day cannot be used with "modified"' }
  }
  const time = parseTime(sign === '@' || sign === '+' || sign === '-' ? text.slice(1) : text)
  if (time === undefined || time % 1000 !== 0) return { wrong: `"${text}" is not a time` }
  const seconds = time / 1000
  if (sign !== '@') return { kind: base, seconds: sign === '-' ? -seconds : seconds }
  if (seconds > DAY) return { wrong: 'a time of day must be less than 24 hours' }
  return { kind: 'daily', seconds }
}
