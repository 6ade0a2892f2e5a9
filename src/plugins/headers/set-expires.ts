import { type Exchange, formatHttpDate, type Head } from 'gateway/plugin'
import { type Expires, parseExpires } from './expires.ts'

const EPOCH = 'Thu, 01 Jan 1970 00:00:01 GMT'
const LAST_DAY = 'Thu, 31 Dec 2037 23:55:55 GMT'
const TEN_YEARS = 315_360_000

/** Replaces Expires and Cache-Control of a head by what `expires` says. */
export function setExpires(x: Exchange, head: Head, written: Expires): void {
  const values = valuesOf(head, written.kind === 'variable' ? settle(x, written) : written)
  if (!values) return
  head.fields.set('Expires', values.expires)
  head.fields.set('Cache-Control', values.cacheControl)
}

interface Values {
  readonly expires: string
  readonly cacheControl: string
}

function valuesOf(head: Head, expires: Expires): Values | undefined {
  switch (expires.kind) {
    case 'off':
    case 'variable':
      return undefined
    case 'epoch':
      return { expires: EPOCH, cacheControl: 'no-cache' }
    case 'max':
      return { expires: LAST_DAY, cacheControl: `max-age=${TEN_YEARS}` }
    case 'daily':
      return atTime(nextTimeOfDay(expires.seconds), 0)
    case 'access':
      return atTime(now() + expires.seconds, expires.seconds)
    case 'modified': {
      const base = head.modified === undefined ? now() : head.modified / 1000
      return atTime(base + expires.seconds, expires.seconds)
    }
  }
}

/** A value that makes no sense leaves the response as it is, as in nginx. */
function settle(x: Exchange, written: Expires & { kind: 'variable' }): Expires {
  const parsed = parseExpires(written.text.render(x), written.base)
  return 'wrong' in parsed ? { kind: 'off' } : parsed
}

function atTime(at: number, offset: number): Values {
  const age = at - now()
  const cacheControl = offset < 0 || age < 0 ? 'no-cache' : `max-age=${age}`
  return { expires: formatHttpDate(at * 1000), cacheControl }
}

/** Seconds since the epoch. */
function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** When the clock here shows this time of day next, in seconds since the epoch. */
function nextTimeOfDay(seconds: number): number {
  const date = new Date()
  date.setHours(0, 0, seconds, 0)
  if (date.getTime() <= Date.now()) date.setDate(date.getDate() + 1)
  return Math.floor(date.getTime() / 1000)
}
