import {
  type Awaitable,
  type Exchange,
  type Level,
  requestValue,
  type Verdict,
} from 'gateway/plugin'
import { type Decision, decide } from './decide.ts'
import type { Limit } from './limit.ts'

/** Levels of the error log a refusal may have; a delay has the one below. */
export const LEVELS = ['info', 'notice', 'warn', 'error'] as const

/** What a place does about its limits. */
export interface Limiter {
  readonly limits: readonly Limit[]
  readonly status: number
  readonly level: (typeof LEVELS)[number]
  readonly dryRun: boolean
}

/** `$limit_req_status`: what came of a request; limits are asked once for each. */
export const status = requestValue('limit_req_status')

const BELOW = { error: 'warn', warn: 'notice', notice: 'info', info: 'info' } as const

/** The handler: lets a request on, now or later, or refuses it. */
export function limit(x: Exchange, limiter: Limiter): Awaitable<Verdict> {
  if (status.get(x) !== undefined) return 'next'
  const decision = decide(x, limiter.limits)
  return decision === 'busy' ? decideLater(x, limiter) : act(x, limiter, decision)
}

/** Another worker changes the zone, and was stopped in the middle of it. */
async function decideLater(x: Exchange, limiter: Limiter): Promise<Verdict> {
  const { zone } = limiter.limits[0] as Limit
  // The limits tell of the request last looked at, so all is said before the next one is.
  const verdict = await zone.whenFree(() => {
    if (x.aborted) return 'next'
    const decision = decide(x, limiter.limits)
    return decision === 'busy' ? 'busy' : act(x, limiter, decision)
  })
  if (verdict !== 'busy') return verdict
  return refuse(x, limiter, 'alert', `limit_req zone "${zone.name}" is busy`)
}

function act(x: Exchange, limiter: Limiter, decision: Decision): Awaitable<Verdict> {
  switch (decision.kind) {
    case 'unlimited':
      return 'next'
    case 'taken':
      if (decision.delay > 0) return delay(x, limiter, decision)
      status.set(x, 'PASSED')
      return 'next'
    case 'over':
      return refuse(
        x,
        limiter,
        limiter.level,
        `limiting requests${dry(limiter)}, ${tell(decision)}`,
      )
    case 'full':
      return refuse(x, limiter, 'alert', `could not allocate node in limit_req ${zoneOf(decision)}`)
  }
}

function refuse(x: Exchange, limiter: Limiter, level: Level, text: string): Verdict {
  x.log(level, text)
  status.set(x, limiter.dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED')
  return limiter.dryRun ? 'next' : limiter.status
}

function delay(x: Exchange, limiter: Limiter, decision: Decision): Awaitable<Verdict> {
  const text = `delaying request${dry(limiter)}, ${tell(decision, ',')}`
  x.log(BELOW[limiter.level], text)
  status.set(x, limiter.dryRun ? 'DELAYED_DRY_RUN' : 'DELAYED')
  return limiter.dryRun ? 'next' : wait(x, decision.delay)
}

/** A client that goes away meanwhile takes the timer with it. */
function wait(x: Exchange, ms: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      x.onAbort = undefined
      resolve('next')
    }, ms)
    x.onAbort = () => clearTimeout(timer)
  })
}

function dry({ dryRun }: Limiter): string {
  return dryRun ? ', dry run' : ''
}

function tell(decision: Decision, comma = ''): string {
  const excess = ((decision.by?.excess ?? 0) / 1000).toFixed(3)
  return `excess: ${excess}${comma} by ${zoneOf(decision)}`
}

function zoneOf({ by }: Decision): string {
  return `zone "${by?.zone.name}"`
}
