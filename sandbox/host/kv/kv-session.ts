import type { Awaitable } from '../../border/crossing.ts'
import { badKvArgument, kvTooLarge, tooMany, unknownHandle } from '../errors.ts'
import { type Spend, spendNothing } from '../spend.ts'
import type { KvLimits } from './kv-limits.ts'
import type { KvNamespace, KvOptions, KvValue } from './kv-namespace.ts'

/** Earlier would expire before it is stored. In seconds. */
const SHORTEST_TTL = 1
/** The last moment a Date can hold, in seconds. */
const LATEST = 8_640_000_000_000

/** What operations cost in microseconds, as measured; and a byte that is written, and an entry listed. */
const READ = 6
const WRITE = 17
const WRITE_BYTE = 0.002
const LISTED = 2

/** What a script says of an entry, in seconds; undefined where it says nothing. */
export interface KvPut {
  readonly expiration: number | undefined
  readonly expirationTtl: number | undefined
  readonly metadata: string | undefined
}

/** What a script says of a list. */
export interface KvList {
  readonly prefix: string
  readonly limit: number
  readonly cursor: string | undefined
}

/** A page as a script sees it, but that metadata is still JSON. */
export interface KvListing {
  readonly keys: readonly {
    readonly name: string
    readonly expiration?: number
    readonly metadata?: string
  }[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** The namespaces of one run, by the order of its bindings; all that comes from it is checked here. */
export class KvSession {
  readonly #namespaces: readonly (() => KvNamespace)[]
  readonly #limits: KvLimits
  readonly #spend: Spend
  readonly #now: () => number
  #operations = 0

  /** Each namespace is asked for when it is used, and may throw a refusal. */
  constructor(
    namespaces: readonly (() => KvNamespace)[],
    limits: KvLimits,
    spend: Spend = spendNothing,
    now: () => number = Date.now,
  ) {
    this.#namespaces = namespaces
    this.#limits = limits
    this.#spend = spend
    this.#now = now
  }

  get(namespace: number, key: string): Awaitable<KvValue | undefined> {
    return this.#namespace(namespace, READ).get(this.#key(key))
  }

  put(namespace: number, key: string, value: Buffer, put: KvPut): Awaitable<void> {
    const to = this.#namespace(namespace, WRITE + value.length * WRITE_BYTE)
    const bytes = this.#key(key)
    if (value.length > this.#limits.value) throw kvTooLarge('value', this.#limits.value)
    const options = this.#options(put)
    return to.put(bytes, value, options)
  }

  delete(namespace: number, key: string): Awaitable<void> {
    return this.#namespace(namespace, WRITE).delete(this.#key(key))
  }

  list(namespace: number, { prefix, limit, cursor }: KvList): KvListing {
    const most = Math.min(limit, this.#limits.page)
    if (!Number.isInteger(most) || most < 1) throw badKvArgument('limit is no positive number')
    const from = this.#namespace(namespace, READ + most * LISTED)
    const after = cursor === undefined ? undefined : this.#fromCursor(cursor)
    const page = from.list(prefix === '' ? Buffer.alloc(0) : this.#key(prefix), after, most)
    return {
      keys: page.entries.map(({ key, expires, metadata }) => ({
        name: key.toString(),
        ...(expires === undefined ? {} : { expiration: Math.floor(expires / 1000) }),
        ...(metadata === undefined ? {} : { metadata }),
      })),
      list_complete: page.next === undefined,
      ...(page.next === undefined ? {} : { cursor: page.next.toString('base64url') }),
    }
  }

  #namespace(number: number, cost: number): KvNamespace {
    if (++this.#operations > this.#limits.operations) {
      throw tooMany('KV operations', this.#limits.operations, 'kv_operations_limit')
    }
    const namespace = this.#namespaces[number]
    if (namespace === undefined) throw unknownHandle('namespace')
    this.#spend(cost)
    return namespace()
  }

  #key(key: string): Buffer {
    if (key === '') throw badKvArgument('the key is empty')
    // Two different lone surrogates would be one key in UTF-8.
    if (key.length > this.#limits.key) throw kvTooLarge('key', this.#limits.key)
    const bytes = Buffer.from(key)
    if (bytes.length > this.#limits.key) throw kvTooLarge('key', this.#limits.key)
    if (bytes.toString() !== key) throw badKvArgument('the key is no well-formed text')
    return bytes
  }

  #options({ expiration, expirationTtl, metadata }: KvPut): KvOptions {
    if (metadata !== undefined && Buffer.byteLength(metadata) > this.#limits.metadata) {
      throw kvTooLarge('metadata', this.#limits.metadata)
    }
    const now = this.#now() / 1000
    const at = expirationTtl === undefined ? expiration : now + expirationTtl
    if (at === undefined) return { expires: undefined, metadata }
    if (!(at >= now + SHORTEST_TTL && at <= LATEST)) throw badKvArgument('no expiry to come')
    return { expires: Math.floor(at * 1000), metadata }
  }

  #fromCursor(cursor: string): Buffer {
    const after = Buffer.from(cursor.slice(0, 2 * this.#limits.key), 'base64url')
    if (after.length === 0 || after.toString('base64url') !== cursor) {
      throw badKvArgument('cursor is none of ours')
    }
    return after
  }
}
