import { join } from 'node:path'
import type { Database as Sqlite, Statement } from 'better-sqlite3'
import { steadyTime } from '../../base/clock.ts'
import { openDatabase } from './open-database.ts'

const FILE = 'zones.sqlite'

/** Where the store of a directory is, once somebody has written to it. */
export function storeFile(directory: string): string {
  return join(directory, FILE)
}

/**
 * State that all workers of a gateway share, in an embedded database on a memory file system.
 * Safe to open at any time; a process that is killed inside an update neither blocks the others
 * nor leaves half of it behind. A read costs microseconds, an update ten: write what changes only.
 */
export class ZoneStore {
  readonly #database: Sqlite
  #version = 0

  /** Opens or makes the store of a directory. Throws where SQLite cannot be loaded or opened. */
  static open(directory: string): ZoneStore {
    return openDatabase(storeFile(directory), (database) => new ZoneStore(database))
  }

  private constructor(database: Sqlite) {
    this.#database = database
    database.exec(`
      CREATE TABLE IF NOT EXISTS entry (
        zone TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER NOT NULL,
        PRIMARY KEY (zone, key)
      ) WITHOUT ROWID`)
    this.changed()
  }

  /** The zone of this name; there is one for each name. */
  zone(name: string): Zone {
    return new Zone(this.#database, name)
  }

  /** Whether another process has written anything since the last call. */
  changed(): boolean {
    const version = this.#database.pragma('data_version', { simple: true }) as number
    const before = this.#version
    this.#version = version
    return version !== before
  }

  close(): void {
    this.#database.close()
  }
}

/** What becomes of an entry: a new value, or undefined to remove it. */
export type Change = (before: string | undefined) => string | undefined

interface Row {
  readonly key: string
  readonly value: string
}

/** Named records that all workers share. Values are text; times are in milliseconds. */
export class Zone {
  readonly name: string
  readonly #database: Sqlite
  readonly #get: Statement<[string, string, number], Row>
  readonly #all: Statement<[string, number], Row>
  readonly #put: Statement<[string, string, string, number]>
  readonly #drop: Statement<[string, string]>

  constructor(database: Sqlite, name: string) {
    this.name = name
    this.#database = database
    this.#get = database.prepare(
      'SELECT key, value FROM entry WHERE zone = ? AND key = ? AND expires > ?',
    )
    this.#all = database.prepare(
      'SELECT key, value FROM entry WHERE zone = ? AND expires > ? ORDER BY key',
    )
    this.#put = database.prepare('INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)')
    this.#drop = database.prepare('DELETE FROM entry WHERE zone = ? AND key = ?')
  }

  get(key: string): string | undefined {
    return this.#get.get(this.name, key, steadyTime())?.value
  }

  /** Every entry that has not expired, by key. */
  entries(): [key: string, value: string][] {
    return this.#all.all(this.name, steadyTime()).map(({ key, value }) => [key, value])
  }

  /**
   * Changes one entry; nobody else changes it meanwhile. Returns what stands there now. With
   * `ttl`, the entry is gone after so many milliseconds.
   */
  update(key: string, change: Change, ttl = Number.MAX_SAFE_INTEGER): string | undefined {
    return this.#database
      .transaction(() => {
        const now = steadyTime()
        const after = change(this.#get.get(this.name, key, now)?.value)
        if (after === undefined) this.#drop.run(this.name, key)
        else this.#put.run(this.name, key, after, Math.min(Number.MAX_SAFE_INTEGER, now + ttl))
        return after
      })
      .immediate()
  }

  /** Adds to a counter that begins at 0; returns its new value. */
  add(key: string, amount: number, ttl?: number): number {
    return Number(this.update(key, (before) => String(Number(before ?? 0) + amount), ttl))
  }

  delete(key: string): void {
    this.#drop.run(this.name, key)
  }
}
