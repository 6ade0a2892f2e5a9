/** One request, in the unit of a bucket: nginx counts thousandths. */
export const REQUEST = 1000
/** A clock that goes back further has been set; the bucket goes on from its time. */
const SET_BACK = 60_000

/** What is known of one key: how many requests came in excess of the rate, and until when. */
export interface Bucket {
  /** Thousandths of requests. */
  readonly excess: number
  /** By the steady clock, in milliseconds. */
  readonly last: number
}

/** The time that counts between two requests, in milliseconds. */
export function elapsed(last: number, now: number): number {
  const ms = now - last
  if (ms < -SET_BACK) return 1
  return Math.max(ms, 0)
}

/** The excess with one more request after `ms`; `rate` is in thousandths of a request a second. */
export function excessAfter(excess: number, ms: number, rate: number): number {
  return Math.max(0, excess - Math.floor((rate * ms) / 1000) + REQUEST)
}

export function formatBucket(excess: number, last: number): string {
  return `${excess} ${last}`
}

export function parseBucket(text: string): Bucket {
  const space = text.indexOf(' ')
  return { excess: Number(text.slice(0, space)), last: Number(text.slice(space + 1)) }
}
