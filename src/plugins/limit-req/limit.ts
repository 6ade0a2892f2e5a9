import type { Exchange, Outcome, SharedZone, Template } from 'gateway/plugin'
import { elapsed, excessAfter, formatBucket, parseBucket, REQUEST } from './bucket.ts'
import type { LimitReq } from './limit-req.ts'
import type { Rate } from './rate.ts'

/** A key is kept at least so long, in milliseconds, even if nothing is left of its excess. */
const KEPT = 60_000
/** The longest key that is counted, as in nginx. */
const LONGEST_KEY = 65_535
/** The longest a timer can wait. */
const LONGEST_DELAY = 2 ** 31 - 1

/** Whether a request was counted: `over` it exceeds the burst; else what the zone says. */
export type Take = 'taken' | 'over' | Exclude<Outcome, 'kept'>

/** One limit in one place: a zone's buckets and how full they may become. */
export class Limit {
  readonly zone: SharedZone
  /** Of the request last looked at, in thousandths. */
  excess = 0
  readonly #key: Template
  readonly #rate: number
  readonly #burst: number
  readonly #delay: number
  readonly #ttl: number
  #now = 0
  #most = 0
  #taken = false
  // One function for all requests: the store calls it while its statement runs.
  readonly #pour = (before: string | undefined): string | undefined => this.#add(before)

  constructor({ zone, burst, delay }: LimitReq, { key, rate }: Rate) {
    this.zone = zone
    this.#key = key
    this.#rate = rate
    this.#burst = burst
    this.#delay = delay
    // Until nothing is left that a new bucket would not have, too.
    this.#ttl = Math.max(KEPT, Math.ceil(((burst + REQUEST) * 1000) / rate))
  }

  /** The key of a request; empty where it is not counted. */
  keyOf(x: Exchange): string {
    const key = this.#key.render(x)
    if (key.length <= LONGEST_KEY) return key
    const { source } = this.#key
    x.log('error', `the value of the "${source}" key is more than ${LONGEST_KEY} bytes: "${key}"`)
    return ''
  }

  /** Counts a request unless it exceeds the burst. */
  take(key: string, now: number): Take {
    return this.#update(key, now, this.#burst)
  }

  /** Counts a request that all limits let through. */
  account(key: string, now: number): Take {
    return this.#update(key, now, Number.POSITIVE_INFINITY)
  }

  /** Whether a request would exceed the burst; nothing is counted. */
  exceeded(key: string, now: number): boolean {
    const text = this.zone.get(key)
    const bucket = text === undefined ? undefined : parseBucket(text)
    this.excess = bucket ? excessAfter(bucket.excess, elapsed(bucket.last, now), this.#rate) : 0
    return this.excess > this.#burst
  }

  /** How long the request last counted has to wait, in milliseconds. */
  get delay(): number {
    if (this.excess <= this.#delay) return 0
    const ms = Math.floor(((this.excess - this.#delay) * 1000) / this.#rate)
    return Math.min(ms, LONGEST_DELAY)
  }

  #update(key: string, now: number, most: number): Take {
    this.#now = now
    this.#most = most
    const outcome = this.zone.update(key, this.#pour, this.#ttl)
    if (outcome !== 'kept') return outcome
    return this.#taken ? 'taken' : 'over'
  }

  #add(before: string | undefined): string | undefined {
    if (before === undefined) {
      this.excess = 0
      this.#taken = true
      return formatBucket(0, this.#now)
    }
    const { excess, last } = parseBucket(before)
    const ms = elapsed(last, this.#now)
    this.excess = excessAfter(excess, ms, this.#rate)
    this.#taken = this.excess <= this.#most
    return this.#taken ? formatBucket(this.excess, ms === 0 ? last : this.#now) : before
  }
}
