import { type Exchange, steadyTime } from 'gateway/plugin'
import type { Limit, Take } from './limit.ts'

/** What becomes of a request: `unlimited` where no limit has a key for it. */
export interface Decision {
  readonly kind: 'unlimited' | Exclude<Take, 'busy'>
  /** In milliseconds, of a request that is taken. */
  readonly delay: number
  /** The limit that decided. */
  readonly by: Limit | undefined
}

const UNLIMITED: Decision = { kind: 'unlimited', delay: 0, by: undefined }

/**
 * Asks all limits of a place; a request in excess of one of them counts for none, nor does one for
 * which other workers are busy.
 */
export function decide(x: Exchange, limits: readonly Limit[]): Decision | 'busy' {
  const now = steadyTime()
  const [only] = limits
  if (only && limits.length === 1) {
    const key = only.keyOf(x)
    if (key === '') return UNLIMITED
    const kind = only.take(key, now)
    if (kind === 'busy') return 'busy'
    return { kind, delay: kind === 'taken' ? only.delay : 0, by: only }
  }
  const asked = limits.map((limit) => ({ limit, key: limit.keyOf(x) })).filter(({ key }) => key)
  const [first] = asked
  if (!first) return UNLIMITED
  return first.limit.zone.together(() => askAll(asked, now))
}

interface Asked {
  readonly limit: Limit
  readonly key: string
}

function askAll(asked: readonly Asked[], now: number): Decision | 'busy' {
  for (const { limit, key } of asked) {
    if (limit.exceeded(key, now)) return { kind: 'over', delay: 0, by: limit }
  }
  let longest: Decision | undefined
  // As in nginx, of equal delays that of the last limit is told.
  for (const { limit, key } of [...asked].reverse()) {
    const kind = limit.account(key, now)
    if (kind === 'busy') return 'busy'
    if (kind !== 'taken') return { kind, delay: 0, by: limit }
    if (!longest || limit.delay > longest.delay) longest = { kind, delay: limit.delay, by: limit }
  }
  return longest ?? UNLIMITED
}
