import type { Database, Statement } from 'better-sqlite3'
import { kvBusy, kvFull } from '../errors.ts'
import type { KvLimits } from './kv-limits.ts'

/** An entry as it is stored; where pieces of a version are its value, `value` is their size. */
export interface Row {
  readonly key: Buffer
  /** In milliseconds since 1970, or null for never. */
  readonly expires: number | null
  readonly metadata: string | null
  readonly version: number | null
  readonly value: Buffer
}

/** What of an entry stands in a list. */
export type Listed = Pick<Row, 'key' | 'expires' | 'metadata'>

interface Usage {
  readonly entries: number
  readonly bytes: number
}

/** In a sweep: entries, and pieces of values, that are removed at once. */
const SWEPT_ENTRIES = 100
const SWEPT_PIECES = 8

/** The statements of one namespace. Each call is one short transaction, or throws SQLite's error. */
export class KvRows {
  readonly #database: Database
  readonly #limits: KvLimits
  readonly #get: Statement<[Buffer, number], Row>
  readonly #put: Statement<[Row]>
  readonly #delete: Statement<[Buffer]>
  readonly #list: Statement<[Buffer, Buffer, number], Listed>
  readonly #usage: Statement<[], Usage>
  readonly #begin: Statement<[number]>
  readonly #finish: Statement<[number]>
  readonly #giveUp: Statement<[number]>
  readonly #putPiece: Statement<[number, number, Buffer]>
  readonly #getPiece: Statement<[number, number], Buffer>
  readonly #expire: Statement<[number]>
  readonly #dropPieces: Statement<[number]>
  readonly #due: Statement<[number], number>

  constructor(database: Database, limits: KvLimits) {
    this.#database = database
    this.#limits = limits
    const prepare = database.prepare.bind(database)
    this.#get = prepare<[Buffer, number], Row>(
      'SELECT * FROM entry WHERE key = ? AND (expires IS NULL OR expires > ?)',
    )
    this.#put = prepare<[Row]>(
      `INSERT INTO entry (key, expires, metadata, version, value)
       VALUES ($key, $expires, $metadata, $version, $value)
       ON CONFLICT (key) DO UPDATE SET
         expires = $expires, metadata = $metadata, version = $version, value = $value`,
    )
    this.#delete = prepare<[Buffer]>('DELETE FROM entry WHERE key = ?')
    this.#list = prepare<[Buffer, Buffer, number], Listed>(
      'SELECT key, expires, metadata FROM entry WHERE key >= ? AND key < ? ORDER BY key LIMIT ?',
    )
    this.#usage = prepare<[], Usage>('SELECT entries, bytes FROM usage')
    this.#begin = prepare<[number]>('INSERT INTO version (due) VALUES (?)')
    this.#finish = prepare<[number]>('DELETE FROM version WHERE id = ?')
    this.#giveUp = prepare<[number]>('UPDATE version SET due = 0 WHERE id = ?')
    this.#putPiece = prepare<[number, number, Buffer]>(
      'INSERT INTO piece (version, number, bytes) VALUES (?, ?, ?)',
    )
    this.#getPiece = prepare<[number, number], Buffer>(
      'SELECT bytes FROM piece WHERE version = ? AND number = ?',
    ).pluck()
    this.#expire = prepare<[number]>(
      `DELETE FROM entry WHERE id IN
         (SELECT id FROM entry WHERE expires <= ? LIMIT ${SWEPT_ENTRIES})`,
    )
    this.#dropPieces = prepare<[number]>(
      `DELETE FROM piece WHERE id IN
         (SELECT id FROM piece WHERE version = ? LIMIT ${SWEPT_PIECES})`,
    )
    this.#due = prepare<[number], number>('SELECT id FROM version WHERE due <= ? LIMIT 1').pluck()
  }

  /** The entry under a key that has not expired at `now`. */
  get(key: Buffer, now: number): Row | undefined {
    return this.#get.get(key, now)
  }

  /** Stores an entry. With a version, the pieces of it are its value from now on. */
  put(row: Row): void {
    this.#transaction(() => {
      if (row.version !== null && this.#finish.run(row.version).changes === 0) {
        throw kvBusy('a value was swept while it was written')
      }
      this.#put.run(row)
      this.#checkRoom()
    })
  }

  delete(key: Buffer): void {
    this.#delete.run(key)
  }

  /** Entries from one key to before another, expired ones among them. */
  list(from: Buffer, end: Buffer, limit: number): readonly Listed[] {
    return this.#list.all(from, end, limit)
  }

  /** A number for the pieces of a value, which are swept at `due` unless an entry has it by then. */
  beginVersion(due: number): number {
    return Number(this.#begin.run(due).lastInsertRowid)
  }

  /** The pieces of a version may be swept: they will not become a value. */
  giveUp(version: number): void {
    this.#giveUp.run(version)
  }

  putPiece(version: number, number: number, bytes: Buffer): void {
    this.#transaction(() => {
      this.#putPiece.run(version, number, bytes)
      this.#checkRoom()
    })
  }

  /** Undefined where there is none, or none any more. */
  getPiece(version: number, number: number): Buffer | undefined {
    return this.#getPiece.get(version, number)
  }

  /** Removes some of what has expired or was overwritten, and tells how many rows that were. */
  sweep(now: number): number {
    return this.#transaction(() => {
      const expired = this.#expire.run(now).changes
      if (expired > 0) return expired
      const version = this.#due.get(now)
      if (version === undefined) return 0
      const pieces = this.#dropPieces.run(version).changes
      return pieces > 0 ? pieces : this.#finish.run(version).changes
    })
  }

  #transaction<T>(work: () => T): T {
    return this.#database.transaction(work).immediate()
  }

  /** Throws, and so undoes the transaction it is in, where it has stored too much. */
  #checkRoom(): void {
    const { entries, bytes } = this.#usage.get() as Usage
    if (entries > this.#limits.entries || bytes > this.#limits.bytes) throw kvFull()
  }
}
