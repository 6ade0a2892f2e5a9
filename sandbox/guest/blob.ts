import { bytesOf, concat, isBuffer } from './bytes.ts'
import { notA } from './errors.ts'
import { max, min, PlainString, toWellFormed } from './primordials.ts'
import { type ReadableStream, streams } from './streams.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** What a Blob is made of. */
export type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob

/** Options of `new Blob()`. */
export interface BlobPropertyBag {
  readonly type?: string
  readonly endings?: 'transparent' | 'native'
}

/** The bytes of a blob; not to be changed. */
export let bytesOfBlob: (blob: Blob) => Uint8Array
/** Whether a script's object is a Blob. */
export let isBlob: (value: unknown) => value is Blob

/** Bytes with a type (File API). */
export class Blob {
  #bytes: Uint8Array
  #type: string

  constructor(parts: Iterable<BlobPart> = [], options: BlobPropertyBag = {}) {
    if (typeof parts !== 'object' || parts === null) throw notA('list of parts')
    this.#bytes = concat(Array.from(parts, partBytes))
    this.#type = blobType(options?.type)
  }

  get size(): number {
    return this.#bytes.length
  }

  get type(): string {
    return this.#type
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice()
  }

  async text(): Promise<string> {
    return decodeUtf8(this.#bytes)
  }

  slice(start = 0, end: number = this.size, type = ''): Blob {
    const blob = new Blob([], { type })
    const from = within(start, this.size)
    blob.#bytes = this.#bytes.subarray(from, max(from, within(end, this.size)))
    return blob
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = this.#bytes
    return new (streams().ReadableStream)<Uint8Array>({
      type: 'bytes',
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes.slice())
        controller.close()
      },
    })
  }

  static {
    bytesOfBlob = (blob) => blob.#bytes
    isBlob = (value): value is Blob =>
      typeof value === 'object' && value !== null && #bytes in value
  }
}

/** Options of `new File()`. */
export interface FilePropertyBag extends BlobPropertyBag {
  readonly lastModified?: number
}

/** A Blob with a name (File API). */
export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor(parts: Iterable<BlobPart>, name: string, options: FilePropertyBag = {}) {
    super(parts, options)
    this.#name = toWellFormed(PlainString(name))
    this.#lastModified = options.lastModified ?? Date.now()
  }

  get name(): string {
    return this.#name
  }

  get lastModified(): number {
    return this.#lastModified
  }

  get webkitRelativePath(): string {
    return ''
  }
}

function partBytes(part: unknown): Uint8Array {
  if (isBlob(part)) return bytesOfBlob(part)
  if (isBuffer(part)) return bytesOf(part)
  return encodeUtf8(PlainString(part))
}

function blobType(type: unknown): string {
  const text = type === undefined ? '' : PlainString(type)
  return /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : ''
}

function within(index: number, size: number): number {
  const whole = Math.trunc(Number(index)) || 0
  return whole < 0 ? max(size + whole, 0) : min(whole, size)
}
