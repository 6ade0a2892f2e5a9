import type { Exchange } from 'gateway/plugin'

/** The part of a movie that is asked for, in milliseconds. */
export interface Cut {
  readonly start: bigint
  /** 0 up to the end. */
  readonly length: bigint
}

/** Digits of the largest number of milliseconds, and the largest. */
const MOST_DIGITS = 19
const MOST = 2n ** 63n - 1n

/** What the arguments `start` and `end` ask for, in seconds with fractions; undefined for nothing. */
export function cutOf(x: Exchange): Cut | undefined {
  const start = time(argument(x, 'start='))
  const end = time(argument(x, 'end=')) ?? 0n
  if (start === undefined && end === 0n) return undefined
  const from = start ?? 0n
  return { start: from, length: end > from ? end - from : 0n }
}

function argument({ args = '' }: Exchange, name: string): string {
  const found = args.split('&').find((each) => each.slice(0, name.length).toLowerCase() === name)
  return found?.slice(name.length) ?? ''
}

/** Players write more digits behind the point than matter. */
function time(text: string): bigint | undefined {
  const [all, whole = '', rest = ''] = /^0*(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (!all || whole.length > MOST_DIGITS) return undefined
  const value = BigInt(whole + rest.slice(0, 3).padEnd(3, '0'))
  return value > MOST ? undefined : value
}

/** A time in milliseconds by a clock that counts so many a second. */
export function unitsOf(milliseconds: bigint, timescale: number): bigint {
  return (milliseconds * BigInt(timescale)) / 1000n
}

/** What a cut leaves of a duration that it begins within. */
export function lasts(duration: bigint, { start, length }: Cut, timescale: number): bigint {
  const left = duration - unitsOf(start, timescale)
  const wanted = unitsOf(length, timescale)
  return length > 0n && left > wanted ? wanted : left
}
