import {
  type Exchange,
  type Hold,
  mainOf,
  requestValue,
  type SharedZone,
  type Template,
  type Verdict,
} from 'gateway/plugin'

/** Levels of the error log a refusal may have. */
export const LEVELS = ['info', 'notice', 'warn', 'error'] as const
/** The longest key that is counted, as in nginx. */
const LONGEST_KEY = 255

/** One limit in one place. */
export interface Limit {
  readonly zone: SharedZone
  readonly key: Template
  readonly most: number
}

/** What a place does about its limits. */
export interface Limiter {
  readonly limits: readonly Limit[]
  readonly status: number
  readonly level: (typeof LEVELS)[number]
  readonly dryRun: boolean
}

/** `$limit_conn_status`: what came of a request; limits are asked once for each. */
export const status = requestValue('limit_conn_status')

/** The handler: counts a request until it is over, for all limits or for none. */
export function limit(x: Exchange, limiter: Limiter): Verdict {
  if (status.get(x) !== undefined) return 'next'
  const held: Hold[] = []
  for (const each of limiter.limits) {
    const key = keyOf(x, each)
    if (key === '') continue
    status.set(x, 'PASSED')
    const hold = each.zone.hold(key, each.most)
    if (typeof hold === 'object') {
      held.push(hold)
      continue
    }
    for (const one of held) one.release()
    tell(x, limiter, each, hold)
    status.set(x, limiter.dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED')
    return limiter.dryRun ? 'next' : limiter.status
  }
  if (held.length > 0) {
    mainOf(x).atEnd(() => {
      for (const one of held) one.release()
    })
  }
  return 'next'
}

function keyOf(x: Exchange, { key: { render, source } }: Limit): string {
  const key = render(x)
  if (key.length <= LONGEST_KEY) return key
  x.log('error', `the value of the "${source}" key is more than ${LONGEST_KEY} bytes: "${key}"`)
  return ''
}

function tell(
  x: Exchange,
  { level, dryRun }: Limiter,
  { zone }: Limit,
  why: 'most' | 'full' | 'busy',
): void {
  switch (why) {
    case 'most':
      x.log(level, `limiting connections${dryRun ? ', dry run,' : ''} by zone "${zone.name}"`)
      break
    case 'full':
      x.log('alert', `could not allocate node in limit_conn zone "${zone.name}"`)
      break
    case 'busy':
      x.log('alert', `limit_conn zone "${zone.name}" is busy`)
      break
  }
}
