import type { Message } from '../border/messages.ts'
import { BodyOp } from '../border/ops.ts'
import { Blob } from './blob.ts'
import { streamOf } from './body-stream.ts'
import { bytesOf, concat, isBytes } from './bytes.ts'
import { bodyUsed } from './errors.ts'
import { type FormData, parseForm } from './form-data.ts'
import { host } from './host.ts'
import { parseJson, toWellFormed } from './primordials.ts'
import { isDisturbed, isReadable, type ReadableStream } from './streams.ts'
import { later } from './tickets.ts'
import { decodeUtf8, encodeUtf8, withoutMark } from './utf8.ts'

/** Where the bytes of a body are: nowhere, here, at the host, or yet to come. */
export type BodySource = undefined | string | Uint8Array | Message | ReadableStream

/** The source of a body, unread. */
export let sourceOf: (body: Body) => BodySource
/** Takes the body to be read, once: throws when that has happened before. */
export let takeBody: (body: Body) => BodySource
/** A second body with the same bytes. */
export let teeBody: (body: Body) => BodySource

/** Gives a body its source. */
export let setSource: (body: Body, source: BodySource) => void

/** What Request and Response have in common (Fetch, "body mixin"). */
export abstract class Body {
  #source: BodySource
  #isUsed = false

  constructor(source: BodySource) {
    this.#source = source
  }

  /** The Content-Type, which `blob` and `formData` go by. */
  protected abstract contentType(): string

  get bodyUsed(): boolean {
    return this.#isUsed || (isReadable(this.#source) && isDisturbed(this.#source))
  }

  get body(): ReadableStream | null {
    if (this.#source === undefined) return null
    if (typeof this.#source === 'number' && !host(BodyOp.has, this.#source)) return null
    if (!isReadable(this.#source))
      this.#source = streamOf(this.#source, this.#isUsed ? 'used' : 'unread')
    return this.#source
  }

  async text(): Promise<string> {
    const source = this.#take()
    if (source === undefined) return ''
    if (typeof source === 'string') return withoutMark(toWellFormed(source))
    if (typeof source === 'number') return later<string>(host(BodyOp.text, source))
    return decodeUtf8(await allOf(source))
  }

  async json(): Promise<unknown> {
    return parseJson(await this.text())
  }

  async bytes(): Promise<Uint8Array> {
    return allOf(this.#take())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.contentType() })
  }

  async formData(): Promise<FormData> {
    const type = this.contentType()
    return parseForm(type, await this.bytes())
  }

  #take(): BodySource {
    const source = this.#source
    if (source === undefined) return undefined
    if (this.#isUsed || (typeof source === 'object' && isTaken(source))) throw bodyUsed()
    this.#isUsed = true
    return source
  }

  static {
    sourceOf = (body) => body.#source
    setSource = (body, source) => {
      body.#source = source
    }
    takeBody = (body) => body.#take()
    teeBody = (body) => {
      const source = body.#source
      if (body.#isUsed || (typeof source === 'object' && isTaken(source))) throw bodyUsed()
      if (typeof source === 'number') return host(BodyOp.tee, source) as Message
      if (!isReadable(source)) return source
      const [own, other] = source.tee()
      body.#source = own
      return other
    }
  }
}

/** Whether a stream is somebody's already. */
function isTaken(source: Uint8Array | ReadableStream): boolean {
  return isReadable(source) && (isDisturbed(source) || source.locked)
}

/** All bytes of a body; the caller's to keep. */
export async function allOf(source: BodySource): Promise<Uint8Array> {
  if (source === undefined) return new Uint8Array(0)
  if (typeof source === 'string') return encodeUtf8(source)
  if (typeof source === 'number') return later<Uint8Array>(host(BodyOp.bytes, source))
  if (isBytes(source)) return source.slice()
  const chunks: Uint8Array[] = []
  const reader = source.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(chunks)
    chunks.push(bytesOf(value))
  }
}
