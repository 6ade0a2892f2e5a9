/** When the next peer is asked, in the words of `proxy_next_upstream`. */
export const NEXT_CONDITIONS = [
  'error',
  'timeout',
  'invalid_header',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'http_403',
  'http_404',
  'http_429',
  'non_idempotent',
] as const

export type NextCondition = (typeof NEXT_CONDITIONS)[number]

/** What can go wrong with an attempt before an answer is there. */
export type Failure = Extract<NextCondition, 'error' | 'timeout' | 'invalid_header'>

const BY_STATUS = new Map<number, NextCondition>(
  NEXT_CONDITIONS.filter((each) => each.startsWith('http_')).map((each) => {
    return [Number(each.slice('http_'.length)), each]
  }),
)

/** The condition an answer's status fulfils, if any. */
export function conditionOf(status: number): NextCondition | undefined {
  return status < 400 ? undefined : BY_STATUS.get(status)
}

/** As in nginx, another peer would have refused or missed it as well: no failure of this one. */
export function countsAsFailure(status: number): boolean {
  return status !== 403 && status !== 404
}

/** Whether sending a request twice may do something twice (as in nginx). */
export function isNonIdempotent(method: string): boolean {
  return method === 'POST' || method === 'PATCH' || method === 'LOCK'
}
