import { createRequire } from 'node:module'
import type { Database as Sqlite } from 'better-sqlite3'

/** How long an update stops this process for another one's, in milliseconds; it takes microseconds. */
const UPDATE_PATIENCE = 10
/** The same while a database is opened. */
const OPEN_PATIENCE = 100
/** And of a worker that has no requests yet: another one may have been stopped in an update. */
const START_PATIENCE = 45_000
/** Workers that open a new file at once stand in each other's way: they try again, so often. */
const OPEN_TRIES = 50
const OPEN_PAUSE = 10
/** Every update writes whole pages: with SQLite's own 4096 it costs half as much again. */
const PAGE = 1024

/**
 * Opens or makes a database that several processes change, and lets `setUp` prepare it. Throws
 * where SQLite cannot be loaded or the file cannot be opened.
 */
export function openDatabase<T>(file: string, setUp: (database: Sqlite) => T): T {
  // Loaded when it is needed first: most configurations never share anything.
  const require = createRequire(import.meta.url)
  const Database = require('better-sqlite3') as typeof import('better-sqlite3')
  for (let tries = 1; ; tries++) {
    const database = new Database(file, { timeout: OPEN_PATIENCE })
    try {
      database.pragma(`page_size = ${PAGE}`)
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = OFF')
      const made = setUp(database)
      database.pragma(`busy_timeout = ${UPDATE_PATIENCE}`)
      return made
    } catch (error) {
      database.close()
      if (!isBusy(error) || tries === OPEN_TRIES) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE)
    }
  }
}

/** Whether an update has failed only because others took too long with theirs. */
export function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith('SQLITE_BUSY')
}

/** Does what a worker cannot begin to serve without, however long others take. */
export function waitPatiently<T>(database: Sqlite, work: () => T): T {
  database.pragma(`busy_timeout = ${START_PATIENCE}`)
  try {
    return work()
  } finally {
    database.pragma(`busy_timeout = ${UPDATE_PATIENCE}`)
  }
}
