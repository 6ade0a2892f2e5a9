import type { Database as Sqlite, Statement } from 'better-sqlite3'
import { steadyTime } from '../../base/clock.ts'
import type { Gate } from './gate.ts'
import { isBusy } from './open-database.ts'
import type { PendingChange } from './pending-change.ts'
import type { Change } from './zone-store.ts'

/** How long a record keeps its place in the order of age while it is used, in milliseconds. */
const AGE_STEP = 1000
/** Of the oldest records, so many are looked at for whether they have expired (nginx's number). */
const LOOKED_AT = 2
const FOREVER = Number.MAX_SAFE_INTEGER

/**
 * What came of a change: `kept` it counts · `full` there was no room for a new record · `busy` the
 * other workers took too long. Nothing has changed unless it is `kept`.
 */
export type Outcome = 'kept' | 'full' | 'busy'

/** What happens to the oldest records when a new one needs room. */
export type WhenFull = 'evict' | 'refuse'

/** What the records of all zones have in common. */
export interface Shared {
  readonly database: Sqlite
  readonly pending: PendingChange
  readonly gate: Gate
}

interface Stored {
  readonly key: string
  readonly value: string
}

/** The records of one zone in the database all workers share. */
export class Records {
  readonly #database: Sqlite
  readonly #pending: PendingChange
  readonly #gate: Gate
  readonly #zone: number
  readonly #capacity: number
  readonly #get: Statement<[number, string, number], string>
  readonly #all: Statement<[number, number], Stored>
  readonly #update: Statement<[number, number, string]>
  readonly #insert: Statement<[number, string, string, number, number, number]>
  readonly #drop: Statement<[number, string, string]>
  readonly #renew: Statement<[number, number, string]>
  readonly #used: Statement<[number], number>
  readonly #oldest: Statement<[number, number], Stored & { readonly expires: number }>
  readonly #count: Statement<[number], number>
  readonly #begin: Statement<[]>
  readonly #commit: Statement<[]>

  constructor({ database, gate, pending }: Shared, zone: number, capacity: number) {
    this.#database = database
    this.#pending = pending
    this.#gate = gate
    this.#zone = zone
    this.#capacity = capacity
    this.#get = database
      .prepare<[number, string, number], string>(
        'SELECT value FROM record WHERE zone = ? AND key = ? AND expires > ?',
      )
      .pluck() as Statement<[number, string, number], string>
    this.#all = database.prepare('SELECT key, value FROM record WHERE zone = ? AND expires > ?')
    this.#update = database.prepare(
      `UPDATE record SET value = zone_value(), expires = ?
        WHERE zone = ? AND key = ? AND zone_change(value, expires, aged)`,
    )
    this.#insert = database.prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)')
    this.#drop = database.prepare('DELETE FROM record WHERE zone = ? AND key = ? AND value = ?')
    this.#renew = database.prepare('UPDATE record SET aged = ? WHERE zone = ? AND key = ?')
    this.#used = database.prepare('SELECT bytes FROM zone WHERE id = ?').pluck() as Statement<
      [number],
      number
    >
    this.#oldest = database.prepare(
      'SELECT key, value, expires FROM record WHERE zone = ? ORDER BY aged LIMIT ?',
    )
    this.#count = database
      .prepare('SELECT count(*) FROM record WHERE zone = ?')
      .pluck() as Statement<[number], number>
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
  }

  get(key: string, now: number): string | undefined {
    return this.#get.get(this.#zone, key, now)
  }

  entries(now: number): [key: string, value: string][] {
    return this.#all.all(this.#zone, now).map(({ key, value }) => [key, value])
  }

  /** Bytes counted against the zone's size. */
  get used(): number {
    return this.#used.get(this.#zone) ?? 0
  }

  get count(): number {
    return this.#count.get(this.#zone) ?? 0
  }

  /** Changes one record; see `SharedZone.update`. `bytes` is what a new one counts for. */
  update(key: string, change: Change, ttl: number, bytes: number, whenFull: WhenFull): Outcome {
    return this.#unlessBusy(() => {
      const now = steadyTime()
      const expires = Math.min(FOREVER, now + ttl)
      return (
        this.#change(key, change, now, expires) ??
        this.#add(key, change, now, expires, { bytes, whenFull })
      )
    })
  }

  /** Does several things nobody else comes between; undone if `work` throws. */
  together<T>(work: () => T): T | 'busy' {
    if (this.#database.inTransaction) return work()
    if (this.#unlessBusy(() => this.#begin.run()) === 'busy') return 'busy'
    try {
      const result = work()
      this.#commit.run()
      return result
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** What an attempt brings that found others busy, once they are done; 'busy' if they never are. */
  wait<T>(attempt: () => T | 'busy'): Promise<T | 'busy'> {
    return this.#gate.wait(attempt)
  }

  #unlessBusy<T>(work: () => T): T | 'busy' {
    if (this.#gate.isShut) return 'busy'
    try {
      const result = work()
      this.#gate.passed()
      return result
    } catch (error) {
      if (!isBusy(error)) throw error
      this.#gate.shut()
      return 'busy'
    }
  }

  /** In one statement; undefined where there is no such record. */
  #change(key: string, change: Change, now: number, expires: number): Outcome | undefined {
    const pending = this.#pending
    for (;;) {
      pending.begin(change, now)
      this.#update.run(expires, this.#zone, key)
      if (!pending.found) return undefined
      if (pending.after === undefined) {
        // Somebody may have changed it since; then it is decided again.
        if (this.#drop.run(this.#zone, key, pending.stored as string).changes === 0) continue
      } else if (now - pending.aged >= AGE_STEP) this.#renew.run(now, this.#zone, key)
      return 'kept'
    }
  }

  #add(
    key: string,
    change: Change,
    now: number,
    expires: number,
    room: { readonly bytes: number; readonly whenFull: WhenFull },
  ): Outcome {
    return this.together(() => {
      // Another worker may have been faster.
      const changed = this.#change(key, change, now, expires)
      if (changed) return changed
      const value = change(undefined)
      if (value === undefined) return 'kept'
      if (!this.#makeRoom(room.bytes, room.whenFull, now)) return 'full'
      this.#insert.run(this.#zone, key, value, expires, now, room.bytes)
      return 'kept'
    })
  }

  /** As in nginx, each new record takes a few expired ones away, and one alive if it must. */
  #makeRoom(bytes: number, whenFull: WhenFull, now: number): boolean {
    const oldest = this.#oldest.all(this.#zone, LOOKED_AT + 1)
    const free = () => this.#capacity - this.used
    for (const record of oldest.slice(0, LOOKED_AT)) {
      if (record.expires > now) break
      this.#drop.run(this.#zone, record.key, record.value)
    }
    if (free() >= bytes) return true
    const [first] = oldest.filter((record) => record.expires > now)
    if (whenFull === 'refuse' || !first) return false
    this.#drop.run(this.#zone, first.key, first.value)
    return free() >= bytes
  }
}
