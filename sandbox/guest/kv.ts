import type { Crossing } from '../border/crossing.ts'
import { KvOp } from '../border/ops.ts'
import { allOf } from './body.ts'
import { bytesOf, isBuffer } from './bytes.ts'
import { notA } from './errors.ts'
import { host } from './host.ts'
import { PlainString, parseJson, sliceText, writeJson } from './primordials.ts'
import { isReadable, streams } from './streams.ts'
import { later, laterAs } from './tickets.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** How a value is read. */
type KvType = 'text' | 'json' | 'arrayBuffer' | 'stream'

/** What is said of a value when it is stored; times are in seconds. */
export interface KvPutOptions {
  readonly expiration?: number
  readonly expirationTtl?: number
  readonly metadata?: unknown
}

/** Which keys a list shall have. */
export interface KvListOptions {
  readonly prefix?: string
  readonly limit?: number
  readonly cursor?: string
}

interface Found {
  readonly value: unknown
  readonly metadata: unknown
}

/** What crosses of a value: its metadata, a line feed, and the value itself. */
type Crossed = string | Uint8Array | undefined

const PAGE = 1000
const LINE_FEED = 0x0a

/** `env.CACHE`: a namespace of the store of keys and values. */
export class KvNamespace {
  readonly #namespace: number

  constructor(namespace: number) {
    this.#namespace = namespace
  }

  get(key: string, type?: KvType | { readonly type?: KvType }): Promise<unknown> {
    const wanted = typeIn(type)
    return laterAs<Crossed, unknown>(
      () => this.#ask(key, wanted),
      (found) => (found === undefined ? null : valueIn(found, wanted)),
    )
  }

  getWithMetadata(key: string, type?: KvType | { readonly type?: KvType }): Promise<Found> {
    const wanted = typeIn(type)
    return laterAs<Crossed, Found>(
      () => this.#ask(key, wanted),
      (found) => {
        if (found === undefined) return { value: null, metadata: null }
        return { value: valueIn(found, wanted), metadata: metadataIn(found) }
      },
    )
  }

  async put(key: string, value: unknown, options: KvPutOptions = {}): Promise<void> {
    const { expiration = '', expirationTtl = '', metadata } = options
    const json = metadata === undefined ? '' : writeJson(metadata)
    const head = `${expiration}\n${expirationTtl}\n${json}\n${PlainString(key)}`
    await later(host(KvOp.put, this.#namespace, head, await storable(value)))
  }

  async delete(key: string): Promise<void> {
    await later(host(KvOp.delete, this.#namespace, PlainString(key)))
  }

  #ask(key: string, type: string): Crossing {
    const format = type === 'text' || type === 'json' ? 'text' : 'bytes'
    if (format === 'bytes' && type !== 'arrayBuffer' && type !== 'stream')
      throw notA('type of a value')
    return host(KvOp.get, this.#namespace, PlainString(key), format)
  }

  async list(options: KvListOptions = {}): Promise<unknown> {
    const { prefix = '', limit = PAGE, cursor = '' } = options
    const query = `${limit}\n${cursor}\n${prefix}`
    const page = parseJson(await later<string>(host(KvOp.list, this.#namespace, query)))
    for (const key of page.keys)
      if (key.metadata !== undefined) key.metadata = parseJson(key.metadata)
    return page
  }
}

function typeIn(type: KvType | { readonly type?: KvType } = 'text'): string {
  return PlainString(typeof type === 'object' ? (type.type ?? 'text') : type)
}

function valueIn(found: string | Uint8Array, type: string): unknown {
  if (typeof found === 'string') {
    const text = sliceText(found, found.indexOf('\n') + 1)
    return type === 'json' ? parseJson(text) : text
  }
  const bytes = found.slice(found.indexOf(LINE_FEED) + 1)
  return type === 'stream' ? streamWith(bytes) : bytes.buffer
}

function streamWith(bytes: Uint8Array): unknown {
  return new (streams().ReadableStream)({
    type: 'bytes',
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes)
      controller.close()
    },
  })
}

function metadataIn(found: string | Uint8Array): unknown {
  const json =
    typeof found === 'string'
      ? sliceText(found, 0, found.indexOf('\n'))
      : decodeUtf8(found.subarray(0, found.indexOf(LINE_FEED)))
  return json === '' ? null : parseJson(json)
}

function storable(value: unknown): string | Uint8Array | Promise<Uint8Array> {
  if (typeof value === 'string') return value
  if (isBuffer(value)) return bytesOf(value)
  if (isReadable(value)) return allOf(value)
  return encodeUtf8(PlainString(value))
}
