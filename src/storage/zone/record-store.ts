import { join } from 'node:path'
import type { Database as Sqlite } from 'better-sqlite3'
import { Gate } from './gate.ts'
import { isAlive, ownHolder } from './holder.ts'
import { openDatabase, waitPatiently } from './open-database.ts'
import { PendingChange } from './pending-change.ts'
import { Records, type Shared } from './records.ts'
import { zoneDirectory } from './zone-directory.ts'

const FILE = 'records.sqlite'
/** Where nothing is shared, as in a process that is its own master. */
const OWN_MEMORY = ':memory:'

// `aged` is indexed and changes once in a while; `expires` is exact, changes always, and is not.
// What a zone holds is counted where records come and go: updates pay nothing for it.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS zone (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS user (
    zone INTEGER NOT NULL, holder TEXT NOT NULL, PRIMARY KEY (zone, holder)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS record (
    zone INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER NOT NULL,
    aged INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (zone, key)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS age ON record (zone, aged);
  CREATE TRIGGER IF NOT EXISTS come AFTER INSERT ON record BEGIN
    UPDATE zone SET bytes = bytes + new.bytes WHERE id = new.zone; END;
  CREATE TRIGGER IF NOT EXISTS gone AFTER DELETE ON record BEGIN
    UPDATE zone SET bytes = bytes - old.bytes WHERE id = old.zone; END;`

/** The records of all zones of a gateway: one database, which every worker opens. */
export class RecordStore {
  readonly #database: Sqlite
  readonly #shared: Shared

  /** In a zone directory, or in this process's own memory. Throws where that cannot be. */
  static open(directory: string | undefined): RecordStore {
    const file = directory === undefined ? OWN_MEMORY : join(directory, FILE)
    return openDatabase(file, (database) => new RecordStore(database))
  }

  private constructor(database: Sqlite) {
    this.#database = database
    waitPatiently(database, () => database.transaction(() => database.exec(SCHEMA)).immediate())
    this.#shared = { database, pending: new PendingChange(database), gate: new Gate() }
  }

  /** The records under an identity, which go on from where an earlier user of it has left them. */
  records(identity: string, capacity: number): Records {
    const id = this.#database.transaction(() => this.#use(identity)).immediate()
    return new Records(this.#shared, id, capacity)
  }

  /** Does what a worker cannot begin to serve without, however long others take. */
  patiently(work: () => void): void {
    waitPatiently(this.#database, work)
  }

  /** Empties zones no living process uses: those an earlier configuration had. Throws when busy. */
  dropUnused(): void {
    const work = () => {
      const users = this.#database.prepare('SELECT DISTINCT holder FROM user').pluck().all()
      const dead = (users as string[]).filter((holder) => !isAlive(holder))
      for (const holder of dead) {
        this.#database.prepare('DELETE FROM user WHERE holder = ?').run(holder)
      }
      const unused = 'SELECT id FROM zone WHERE id NOT IN (SELECT zone FROM user)'
      this.#database.exec(`DELETE FROM record WHERE zone IN (${unused})`)
      this.#database.exec('DELETE FROM zone WHERE id NOT IN (SELECT zone FROM user)')
    }
    this.#database.transaction(work).immediate()
  }

  close(): void {
    this.#database.close()
  }

  #use(identity: string): number {
    this.#database.prepare('INSERT OR IGNORE INTO zone VALUES (NULL, ?, 0)').run(identity)
    const known = this.#database.prepare('SELECT id FROM zone WHERE identity = ?').pluck()
    const id = known.get(identity) as number
    this.#database.prepare('INSERT OR IGNORE INTO user VALUES (?, ?)').run(id, ownHolder)
    return id
  }
}

let store: RecordStore | undefined

/** The records of this process's zones: shared with its master's other workers if it has one. */
export function recordStore(): RecordStore {
  store ??= RecordStore.open(zoneDirectory())
  return store
}
