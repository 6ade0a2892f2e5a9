import { KvOp } from '../border/ops.ts'
import { allOf } from './body.ts'
import { bytesOf, isBuffer } from './bytes.ts'
import { notA } from './errors.ts'
import { host } from './host.ts'
import { PlainString, parseJson, writeJson } from './primordials.ts'
import { isReadable, streams } from './streams.ts'
import { later } from './tickets.ts'
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

const PAGE = 1000
const MISSING: Found = { value: null, metadata: null }

/** `env.CACHE`: a namespace of the store of keys and values. */
export class KvNamespace {
  readonly #namespace: number

  constructor(namespace: number) {
    this.#namespace = namespace
  }

  async get(key: string, type: KvType | { readonly type?: KvType } = 'text'): Promise<unknown> {
    return (await this.getWithMetadata(key, type)).value
  }

  async getWithMetadata(
    key: string,
    type: KvType | { readonly type?: KvType } = 'text',
  ): Promise<Found> {
    const wanted = typeof type === 'object' ? (type.type ?? 'text') : type
    const read = READERS[wanted]
    if (!read) throw notA('type of a value')
    const format = wanted === 'text' || wanted === 'json' ? 'text' : 'bytes'
    const answer = host(KvOp.get, this.#namespace, PlainString(key), format)
    const found = await later<string | Uint8Array | undefined>(answer)
    return found === undefined ? MISSING : read(found)
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

  async list(options: KvListOptions = {}): Promise<unknown> {
    const { prefix = '', limit = PAGE, cursor = '' } = options
    const query = `${limit}\n${cursor}\n${prefix}`
    const page = parseJson(await later<string>(host(KvOp.list, this.#namespace, query)))
    for (const key of page.keys)
      if (key.metadata !== undefined) key.metadata = parseJson(key.metadata)
    return page
  }
}

/** Metadata and value as they cross: with a line feed in between. */
const READERS: Record<KvType, (found: string | Uint8Array) => Found> = {
  text: (found) => textParts(found as string),
  json: (found) => {
    const { value, metadata } = textParts(found as string)
    return { value: parseJson(value as string), metadata }
  },
  arrayBuffer: (found) => {
    const { value, metadata } = byteParts(found as Uint8Array)
    return { value: value.slice().buffer, metadata }
  },
  stream: (found) => {
    const { value, metadata } = byteParts(found as Uint8Array)
    const stream = new (streams().ReadableStream)({
      type: 'bytes',
      start(controller) {
        if (value.length > 0) controller.enqueue(value.slice())
        controller.close()
      },
    })
    return { value: stream, metadata }
  },
}

function textParts(found: string): Found {
  const at = found.indexOf('\n')
  return { value: found.slice(at + 1), metadata: metadataOf(found.slice(0, at)) }
}

function byteParts(found: Uint8Array): { value: Uint8Array; metadata: unknown } {
  const at = found.indexOf(0x0a)
  return {
    value: found.subarray(at + 1),
    metadata: metadataOf(decodeUtf8(found.subarray(0, at))),
  }
}

function metadataOf(json: string): unknown {
  return json === '' ? null : parseJson(json)
}

function storable(value: unknown): string | Uint8Array | Promise<Uint8Array> {
  if (typeof value === 'string') return value
  if (isBuffer(value)) return bytesOf(value)
  if (isReadable(value)) return allOf(value)
  return encodeUtf8(PlainString(value))
}
