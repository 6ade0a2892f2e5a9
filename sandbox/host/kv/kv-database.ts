import { createRequire } from 'node:module'
import type { Database } from 'better-sqlite3'
import { kvBusy, kvFull, kvUnavailable } from '../errors.ts'
import { HostRefusal } from '../refusal.ts'

/** For how long a statement waits for other writers inside SQLite, in milliseconds. */
const BUSY_PATIENCE = 5
/** Processes that open a new file at once stand in each other's way: they try again, so often. */
const OPEN_TRIES = 50
const OPEN_PAUSE = 10
const PAGE = 4096
/** The file stays within so many times the bytes it may hold, whatever SQLite adds. */
const OVERHEAD = 2
/** Says of a file that it is one of ours: "gwkv". */
const APPLICATION = 0x67776b76
const LAYOUT = 1

// `version` holds the numbers of values whose pieces no entry has any more, or not yet: what a
// process that dies while it writes leaves behind is in there. `usage` counts what is stored.
const SCHEMA = `
  CREATE TABLE entry (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, expires INTEGER, metadata TEXT,
    version INTEGER, value BLOB NOT NULL) STRICT;
  CREATE INDEX expiry ON entry (expires) WHERE expires IS NOT NULL;
  CREATE TABLE piece (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
    UNIQUE (version, number)) STRICT;
  CREATE TABLE version (id INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL) STRICT;
  CREATE TABLE usage (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  INSERT INTO usage VALUES (0, 0);
  CREATE TRIGGER entry_comes AFTER INSERT ON entry BEGIN
    UPDATE usage SET entries = entries + 1, bytes = bytes + ${sizeOf('new')}; END;
  CREATE TRIGGER entry_changes AFTER UPDATE ON entry BEGIN
    UPDATE usage SET bytes = bytes + ${sizeOf('new')} - ${sizeOf('old')};
    INSERT INTO version SELECT old.version, 0 WHERE old.version IS NOT NULL; END;
  CREATE TRIGGER entry_goes AFTER DELETE ON entry BEGIN
    UPDATE usage SET entries = entries - 1, bytes = bytes - ${sizeOf('old')};
    INSERT INTO version SELECT old.version, 0 WHERE old.version IS NOT NULL; END;
  CREATE TRIGGER piece_comes AFTER INSERT ON piece BEGIN
    UPDATE usage SET bytes = bytes + length(new.bytes); END;
  CREATE TRIGGER piece_goes AFTER DELETE ON piece BEGIN
    UPDATE usage SET bytes = bytes - length(old.bytes); END;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${LAYOUT};`

/**
 * Opens or makes the file of a namespace that holds up to `bytes`. A process that is killed tears
 * nothing; a machine that loses power may lose the last moments, and tears nothing either
 * (synchronous = NORMAL). Throws a refusal where the file cannot be used.
 */
export function openKvDatabase(file: string, bytes: number): Database {
  try {
    return openPatiently(file, bytes)
  } catch (error) {
    throw asKvRefusal(error)
  }
}

/** Whether nothing has happened because others were writing. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** What a script is told of anything that went wrong in SQLite. */
export function asKvRefusal(error: unknown): HostRefusal {
  if (error instanceof HostRefusal) return error
  if (isBusy(error)) return kvBusy(error)
  return codeOf(error) === 'SQLITE_FULL' ? kvFull(error) : kvUnavailable(error)
}

function openPatiently(file: string, bytes: number): Database {
  // Loaded when it is needed first: most scripts have no namespace.
  const require = createRequire(import.meta.url)
  const Sqlite = require('better-sqlite3') as typeof import('better-sqlite3')
  for (let tries = 1; ; tries++) {
    const database = new Sqlite(file, { timeout: OPEN_PAUSE })
    try {
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = NORMAL')
      database.pragma(`max_page_count = ${Math.ceil((OVERHEAD * bytes) / PAGE) + OVERHEAD}`)
      database.transaction(() => setUp(database)).immediate()
      database.pragma(`busy_timeout = ${BUSY_PATIENCE}`)
      return database
    } catch (error) {
      database.close()
      if (!isBusy(error) || tries === OPEN_TRIES) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE)
    }
  }
}

function setUp(database: Database): void {
  const application = database.pragma('application_id', { simple: true })
  const layout = database.pragma('user_version', { simple: true })
  if (application === APPLICATION && layout === LAYOUT) return
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (application !== 0 || tables !== 0) throw kvUnavailable('the file is of another program')
  database.exec(SCHEMA)
}

function sizeOf(row: 'new' | 'old'): string {
  return `(length(${row}.key) + ifnull(length(${row}.metadata), 0) + length(${row}.value))`
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code)
}
