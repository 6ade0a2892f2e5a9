import {
  type Awaitable,
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
export function limit(x: Exchange, limiter: Limiter): Awaitable<Verdict> {
  if (status.get(x) !== undefined) return 'next'
  const verdict = holdAll(x, limiter)
  return verdict === 'busy' ? holdLater(x, limiter) : verdict
}

/** Another worker changes the zone, and was stopped in the middle of it. */
async function holdLater(x: Exchange, limiter: Limiter): Promise<Verdict> {
  const { zone } = limiter.limits[0] as Limit
  const verdict = await zone.whenFree(() => (x.aborted ? 'next' : holdAll(x, limiter)))
  if (verdict !== 'busy') return verdict
  x.log('alert', `limit_conn zone "${zone.name}" is busy`)
  return refuse(x, limiter)
}

function holdAll(x: Exchange, limiter: Limiter): Verdict | 'busy' {
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
    if (hold === 'busy') return 'busy'
    tell(x, limiter, each, hold)
    return refuse(x, limiter)
  }
  if (held.length > 0) {
    mainOf(x).atEnd(() => {
      for (const one of held) one.release()
    })
  }
  return 'next'
}

function refuse(x: Exchange, { dryRun, status: refused }: Limiter): Verdict {
  status.set(x, dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED')
  return dryRun ? 'next' : refused
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
  why: 'most' | 'full',
): void {
  if (why === 'full') x.log('alert', `could not allocate node in limit_conn zone "${zone.name}"`)
  else x.log(level, `limiting connections${dryRun ? ', dry run,' : ''} by zone "${zone.name}"`)
}
