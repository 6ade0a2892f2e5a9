import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Awaitable } from '../../border/crossing.ts'
import { kvBusy } from '../errors.ts'
import { HostRefusal } from '../refusal.ts'
import { asKvRefusal, isBusy, openKvDatabase } from './kv-database.ts'
import type { KvLimits } from './kv-limits.ts'
import { KvRows, type Row } from './kv-rows.ts'

/** Values up to this stand in their entry; larger ones are moved in pieces, a turn of the loop each. */
export const PIECE = 128 * 1024
/** How often, and how long after, what others have kept from happening is tried again. */
const TRIES = 40
const PAUSE = 10
/** A large value that changes while it is read is read anew, so often. */
const READS = 5
/** Pieces that no entry has after so long were left behind, in milliseconds. */
const WRITING = 10 * 60 * 1000
/** After a key, with this at its end, comes no other before it. */
const NEXT = Buffer.alloc(1)

export interface KvValue {
  readonly value: Buffer
  /** JSON, as it was put. */
  readonly metadata: string | undefined
}

export interface KvOptions {
  /** Milliseconds since 1970 after which the entry is not there any more. */
  readonly expires: number | undefined
  readonly metadata: string | undefined
}

export interface KvListed {
  readonly key: Buffer
  readonly expires: number | undefined
  readonly metadata: string | undefined
}

/** A part of a list; `next` is the key after which the rest begins. A page may be empty. */
export interface KvPage {
  readonly entries: readonly KvListed[]
  readonly next: Buffer | undefined
}

/**
 * The entries of one namespace, shared by all processes that open its file. A call touches at most
 * one piece of a value, or one page of a list, before other work gets its turn.
 */
export class KvNamespace {
  readonly #rows: KvRows
  readonly #limits: KvLimits
  readonly #now: () => number
  readonly #close: () => void
  #held = 0
  #sweeping = false
  #closed = false

  /** Opens or makes its file. Throws a refusal where that cannot be. */
  constructor(file: string, limits: KvLimits, now: () => number = Date.now) {
    const database = openKvDatabase(file, limits.bytes)
    this.#rows = new KvRows(database, limits)
    this.#limits = limits
    this.#now = now
    this.#close = () => database.close()
  }

  get(key: Buffer): Awaitable<KvValue | undefined> {
    const row = this.#read(key)
    return row && (row.version === null ? valueIn(row, row.value) : this.#getLarge(key, row))
  }

  put(key: Buffer, value: Buffer, options: KvOptions): Awaitable<void> {
    if (value.length > PIECE) return this.#putLarge(key, value, options)
    return this.#patiently(() => this.#rows.put(rowOf(key, value, null, options)))
  }

  delete(key: Buffer): Awaitable<void> {
    return this.#patiently(() => this.#rows.delete(key))
  }

  /** The keys that begin with `prefix`, after another one, in the order of their bytes. */
  list(prefix: Buffer, after: Buffer | undefined, limit: number): KvPage {
    const now = this.#now()
    const end = endOf(prefix)
    const from = after === undefined ? prefix : Buffer.concat([after, NEXT])
    const start = Buffer.compare(from, prefix) < 0 ? prefix : from
    const found = attempt(() => this.#rows.list(start, end, limit))
    const entries = found.filter(({ expires }) => expires === null || expires > now)
    return {
      entries: entries.map(({ key, expires, metadata }) => {
        return { key, expires: expires ?? undefined, metadata: metadata ?? undefined }
      }),
      next: found.length < limit ? undefined : found.at(-1)?.key,
    }
  }

  /** Removes what has expired or was overwritten, a little in each turn of the loop. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    try {
      while (!this.#closed && (await this.#patiently(() => this.#sweepSome())) > 0) {
        await nextTurn()
      }
    } finally {
      this.#sweeping = false
    }
  }

  close(): void {
    this.#closed = true
    this.#close()
  }

  #read(key: Buffer): Row | undefined {
    return attempt(() => this.#rows.get(key, this.#now()))
  }

  async #getLarge(key: Buffer, first: Row): Promise<KvValue | undefined> {
    let row: Row | undefined = first
    for (let reads = 0; reads < READS; reads++) {
      if (row === undefined || row.version === null) return row && valueIn(row, row.value)
      const value = await this.#readPieces(row.version, sizeIn(row))
      if (value !== undefined) return valueIn(row, value)
      row = this.#read(key)
    }
    throw kvBusy('a value changes faster than it can be read')
  }

  /** A whole value; undefined where a piece of it was swept meanwhile. */
  async #readPieces(version: number, size: number): Promise<Buffer | undefined> {
    using _ = this.#hold(size)
    const value = Buffer.alloc(size)
    for (let number = 0; number * PIECE < size; number++) {
      const piece = attempt(() => this.#rows.getPiece(version, number))
      if (piece === undefined) return undefined
      piece.copy(value, number * PIECE)
      await nextTurn()
    }
    return value
  }

  async #putLarge(key: Buffer, value: Buffer, options: KvOptions): Promise<void> {
    using _ = this.#hold(value.length)
    const due = this.#now() + WRITING
    const version = await this.#patiently(() => this.#rows.beginVersion(due))
    try {
      await this.#putPieces(version, value)
      const size = Buffer.from(String(value.length))
      await this.#patiently(() => this.#rows.put(rowOf(key, size, version, options)))
    } catch (error) {
      await this.#patiently(() => this.#rows.giveUp(version))
      throw error
    }
  }

  async #putPieces(version: number, value: Buffer): Promise<void> {
    for (let number = 0; number * PIECE < value.length; number++) {
      const piece = value.subarray(number * PIECE, (number + 1) * PIECE)
      await this.#patiently(() => this.#rows.putPiece(version, number, piece))
      await nextTurn()
    }
  }

  /** Takes memory of this process for a large value until it is disposed of. */
  #hold(bytes: number): Disposable {
    if (!(this.#held + bytes <= this.#limits.held)) throw kvBusy('too many large values at once')
    this.#held += bytes
    return {
      [Symbol.dispose]: () => {
        this.#held -= bytes
      },
    }
  }

  /** Now, or where others are writing a little later. Made room for, where there was none. */
  #patiently<T>(work: () => T): Awaitable<T> {
    try {
      return work()
    } catch (error) {
      return this.#again(work, error)
    }
  }

  async #again<T>(work: () => T, first: unknown): Promise<T> {
    let error = first
    for (let tries = 0; tries < TRIES && !this.#closed; tries++) {
      if (isBusy(error)) await pause(PAUSE)
      else if (!isFull(error) || !this.#makeRoom()) break
      try {
        return work()
      } catch (next) {
        error = next
      }
    }
    throw asKvRefusal(error)
  }

  /** Whether there was something to sweep. */
  #makeRoom(): boolean {
    return attempt(() => this.#sweepSome()) > 0
  }

  #sweepSome(): number {
    return this.#rows.sweep(this.#now())
  }
}

function isFull(error: unknown): boolean {
  return error instanceof HostRefusal && error.code === 'kv_full'
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asKvRefusal(error)
  }
}

function rowOf(key: Buffer, value: Buffer, version: number | null, options: KvOptions): Row {
  const { expires = null, metadata = null } = options
  return { key, expires, metadata, version, value }
}

/** Where pieces hold a value, its entry tells how large it is. */
function sizeIn(row: Row): number {
  return Number(row.value.toString())
}

function valueIn({ metadata }: Row, value: Buffer): KvValue {
  return { value, metadata: metadata ?? undefined }
}

/** Before it are all keys with a prefix. Keys are UTF-8: no byte of them is the last there is. */
function endOf(prefix: Buffer): Buffer {
  if (prefix.length === 0) return Buffer.from([0xff])
  const end = Buffer.from(prefix)
  end[end.length - 1] = (prefix.at(-1) ?? 0) + 1
  return end
}
