import type { Database as Sqlite } from 'better-sqlite3'
import type { Change } from './zone-store.ts'

/**
 * The change a statement is making. SQLite calls back while the statement holds the lock, so that
 * reading, deciding and writing are one statement; one that decides to leave a record alone writes
 * nothing.
 */
export class PendingChange {
  /** Whether there was a record, expired or not. */
  found = false
  /** What the record held, without regard to its age. */
  stored: string | undefined
  after: string | undefined
  /** When the record's place in the order of age was last made new. */
  aged = 0
  #change: Change = (before) => before
  #now = 0

  constructor(database: Sqlite) {
    database.function('zone_change', (value: string, expires: number, aged: number) =>
      this.#decide(value, expires, aged),
    )
    database.function('zone_value', () => this.after)
  }

  begin(change: Change, now: number): void {
    this.found = false
    this.stored = undefined
    this.after = undefined
    this.#change = change
    this.#now = now
  }

  #decide(value: string, expires: number, aged: number): 0 | 1 {
    this.found = true
    this.stored = value
    this.aged = aged
    const before = expires > this.#now ? value : undefined
    this.after = this.#change(before)
    return this.after === undefined || this.after === before ? 0 : 1
  }
}
