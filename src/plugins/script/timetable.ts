import { createHash } from 'node:crypto'
import type { SharedZone } from 'gateway/plugin'
import type { Cron } from './cron.ts'

/** What was due when no worker was there is made up for so long, in milliseconds. */
const GRACE = 60_000
/** A clock that was set back by more than this makes a beginning, in milliseconds. */
const SET_BACK = 60_000

/** What of a zone is needed here. */
type Records = Pick<SharedZone, 'get' | 'update'>

/**
 * The times of one cron, of which each belongs to one worker of all. Up to when they are taken is a
 * record the workers share; whoever moves it on has the time it stands at then.
 */
export class Timetable {
  readonly cron: Cron
  readonly #zone: Records
  readonly #key: string

  /** `owner` is whose times these are, for all workers alike. */
  constructor(cron: Cron, zone: Records, owner: string) {
    this.cron = cron
    this.#zone = zone
    this.#key = createHash('sha256').update(`${owner}\0${cron.text}`).digest('base64url')
  }

  /** Takes the last time that is due; `busy`: others keep the record, and it is to be tried again. */
  take(now: number): number | 'busy' | undefined {
    const before = this.#zone.get(this.#key)
    const due = this.#due(before, now)
    const after = due ?? (isUsable(before, now) ? undefined : now)
    if (after === undefined) return undefined
    let isOurs = false
    const outcome = this.#zone.update(this.#key, (current) => {
      isOurs = current === before
      return isOurs ? `${after}` : current
    })
    if (outcome === 'busy') return 'busy'
    return isOurs ? due : undefined
  }

  #due(before: string | undefined, now: number): number | undefined {
    if (!isUsable(before, now)) return undefined
    let due: number | undefined
    let next = this.cron.after(Math.max(Number(before), now - GRACE))
    while (next !== undefined && next <= now) {
      due = next
      next = this.cron.after(next)
    }
    return due
  }
}

function isUsable(before: string | undefined, now: number): boolean {
  return before !== undefined && Number(before) <= now + SET_BACK
}
