import {
  type DynamicSize,
  type Exchange,
  type Head,
  limitRate,
  PacedSink,
  type Sink,
} from 'gateway/plugin'

interface Config {
  readonly limit_rate: DynamicSize | undefined
  readonly limit_rate_after: DynamicSize | undefined
}

/** Slows a response down where its rate is limited. The page counts, not each of its parts. */
export function pace(x: Exchange, next: Sink, { limit_rate, limit_rate_after }: Config): Sink {
  if (x.parent) return next
  const given = limitRate.get(x)
  if (given === undefined && !limit_rate) return next
  const rate = given === undefined ? (limit_rate?.(x) ?? 0) : Number(given)
  limitRate.set(x, `${rate}`)
  if (rate === 0 || (x.head as Head).flush) return next
  // As in nginx, the time it took to make the response counts.
  const since = x.startedAt
  return new PacedSink(x, next, { rate, after: limit_rate_after?.(x) ?? 0, since })
}
