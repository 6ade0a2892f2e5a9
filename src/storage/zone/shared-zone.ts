import { steadyTime } from '../../base/clock.ts'
import { capacityOf, chargeOf } from './capacity.ts'
import { isAlive, ownHolder } from './holder.ts'
import { change as changeHolds, formatHolds, parseHolds, prune, totalOf } from './holds.ts'
import { recordStore } from './record-store.ts'
import type { Outcome, Records } from './records.ts'
import type { Change } from './zone-store.ts'

const FOREVER = Number.MAX_SAFE_INTEGER

/** What a zone is for; a name stands for one zone, so those who share it must agree. */
export interface ZoneKind {
  /** The plugin, or what of it. */
  readonly use: string
  /**
   * `records` text that changes; when the zone is full the oldest one goes · `holds` what workers
   * hold at this moment; when it is full nobody else gets any.
   */
  readonly keeps: 'records' | 'holds'
  /** What a record counts for besides its key, in bytes. */
  readonly overhead: number
}

/** Something held until it is released, or the worker dies. */
export interface Hold {
  /** Gives it back; more than once is as once. */
  release(): void
}

/**
 * State that all workers share under a name, of a size that is given in the configuration. It
 * outlives workers, and reloads where name and size stay. A change costs about five microseconds,
 * a look one.
 */
export class SharedZone {
  readonly name: string
  readonly kind: ZoneKind
  /** In bytes, as declared; 0 as long as the zone is only spoken of. */
  size = 0
  #records: Records | undefined

  constructor(name: string, kind: ZoneKind) {
    this.name = name
    this.kind = kind
  }

  /** A record's text; undefined where there is none, or it has expired. */
  get(key: string): string | undefined {
    return this.#open().get(key, steadyTime())
  }

  /**
   * Changes one record while nobody else does: `change` gets its text, undefined for none, and
   * returns the new one; undefined to remove it, the same to leave it as it is. It must not use a
   * zone itself. A record that is written expires `ttl` milliseconds later.
   */
  update(key: string, change: Change, ttl = FOREVER): Outcome {
    const whenFull = this.kind.keeps === 'records' ? 'evict' : 'refuse'
    return this.#open().update(key, change, ttl, this.#charge(key), whenFull)
  }

  /** Adds to a counter that begins at 0; its new value, or why there is none. */
  add(key: string, amount: number, ttl = FOREVER): number | Exclude<Outcome, 'kept'> {
    let sum = 0
    const outcome = this.update(
      key,
      (before) => {
        sum = Number(before ?? 0) + amount
        return String(sum)
      },
      ttl,
    )
    return outcome === 'kept' ? sum : outcome
  }

  /** Every record that has not expired. */
  entries(): [key: string, value: string][] {
    return this.#open().entries(steadyTime())
  }

  /** Does several things, with any zones, between which no other worker comes. */
  together<T>(work: () => T): T | 'busy' {
    return this.#open().together(work)
  }

  /**
   * What an attempt brings now, or later where other workers are busy; 'busy' only if they are for a
   * minute. It is called again where it returned that, and must have done nothing then.
   */
  whenFree<T>(attempt: () => T | 'busy'): T | Promise<T | 'busy'> {
    const result = attempt()
    return result === 'busy' ? this.#open().wait(attempt) : result
  }

  /** Holds one more under a key, of `most` that all workers may hold together. */
  hold(key: string, most: number): Hold | 'most' | Exclude<Outcome, 'kept'> {
    let held = false
    const outcome = this.update(key, (before) => {
      const holds = parseHolds(before)
      // Nobody is refused on account of the dead.
      if (totalOf(holds) >= most) prune(holds, isAlive)
      held = totalOf(holds) < most
      if (held) changeHolds(holds, ownHolder, 1)
      return formatHolds(holds)
    })
    if (outcome !== 'kept') return outcome
    return held ? new KeyHold(this, key) : 'most'
  }

  /** How many are held under a key. */
  held(key: string): number {
    return totalOf(parseHolds(this.get(key)))
  }

  /** Bytes in use and records, of all workers. */
  get usage(): { readonly bytes: number; readonly records: number } {
    const { used, count } = this.#open()
    return { bytes: used, records: count }
  }

  /** Opens it before the first request does; what workers held that are dead is given back. */
  open(): void {
    this.#open()
    this.buryDead()
  }

  /** Gives back what workers held that are dead. */
  buryDead(): void {
    if (this.kind.keeps === 'records') return
    for (const [key] of this.entries()) {
      const attempt = () =>
        this.update(key, (before) => {
          const holds = parseHolds(before)
          prune(holds, isAlive)
          return formatHolds(holds)
        })
      void this.whenFree(attempt)
    }
  }

  #open(): Records {
    // With another size it is another zone, as in nginx: the workers of before keep theirs.
    this.#records ??= recordStore().records(
      `${this.kind.use} ${this.name} ${this.size}`,
      capacityOf(this.size),
    )
    return this.#records
  }

  #charge(key: string): number {
    return chargeOf(this.kind.overhead + key.length)
  }
}

class KeyHold implements Hold {
  readonly #zone: SharedZone
  readonly #key: string
  #held = true

  constructor(zone: SharedZone, key: string) {
    this.#zone = zone
    this.#key = key
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    void this.#giveBack()
  }

  async #giveBack(): Promise<void> {
    const attempt = () =>
      this.#zone.update(this.#key, (before) => {
        const holds = parseHolds(before)
        changeHolds(holds, ownHolder, -1)
        return formatHolds(holds)
      })
    while ((await this.#zone.whenFree(attempt)) === 'busy');
  }
}
