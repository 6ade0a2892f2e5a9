import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Database as Sqlite, Statement } from 'better-sqlite3'

/** How long an update waits for another worker's, in milliseconds. Updates take microseconds. */
const BUSY_PATIENCE = 100
const FILE = 'zones.sqlite'
/** Workers that open a new store at once stand in each other's way: they try again, so often. */
const OPEN_TRIES = 50
const OPEN_PAUSE = 10

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
    // Loaded when it is needed first: most configurations never share anything.
    const require = createRequire(import.meta.url)
    const Database = require('better-sqlite3') as typeof import('better-sqlite3')
    const file = storeFile(directory)
    for (let tries = 1; ; tries++) {
      const database = new Database(file, { timeout: BUSY_PATIENCE })
      try {
        return new ZoneStore(database)
      } catch (error) {
        database.close()
        if (!isBusy(error) || tries === OPEN_TRIES) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE)
      }
    }
  }

  private constructor(database: Sqlite) {
    this.#database = database
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
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

/** Whether an update has failed only because others took too long with theirs. */
export function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith('SQLITE_BUSY')
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
    return this.#get.get(this.name, key, Date.now())?.value
  }

  /** Every entry that has not expired, by key. */
  entries(): [key: string, value: string][] {
    return this.#all.all(this.name, Date.now()).map(({ key, value }) => [key, value])
  }

  /**
   * Changes one entry; nobody else changes it meanwhile. Returns what stands there now. With
   * `ttl`, the entry is gone after so many milliseconds.
   */
  update(key: string, change: Change, ttl = Number.MAX_SAFE_INTEGER): string | undefined {
    return this.#database
      .transaction(() => {
        const now = Date.now()
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
