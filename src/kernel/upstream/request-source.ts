import { Buffer } from 'node:buffer'
import { type GatewayError, requestBodySpent } from '../errors.ts'
import { type BodyReceiver, NO_BODY, type RequestBody } from '../exchange/request-body.ts'
import type { Awaitable } from '../phase/verdict.ts'

/** Who sends a request body on: a call to a peer. */
export interface BodyTarget {
  /** A promise means "wait". */
  bodyData(chunk: Buffer): Awaitable<void>
  bodyEnd(): void
  bodyFailed(error: GatewayError): void
}

const sources = new WeakMap<RequestBody, RequestSource>()

/**
 * A request body on its way to a peer. What fits into `client_body_buffer_size` is collected
 * before a peer is asked and can be sent again to the next one; a longer body is streamed, and
 * once that began nobody else can have it.
 */
export class RequestSource implements BodyReceiver {
  /** The whole body; undefined while it is not complete, or when it is streamed. */
  whole: Buffer | undefined
  /** Bytes of the body; undefined when it is chunked and not complete. */
  length: number | undefined
  failure: GatewayError | undefined = undefined
  readonly #body: RequestBody
  #limit = 0
  #chunks: Buffer[] = []
  #collected = 0
  #begun = false
  #complete = false
  /** Tells who waits for the body that it is collected, or too long for that. */
  #ready: (() => void) | undefined
  /** Lets a body go on that is too long to be collected. */
  #more: (() => void) | undefined
  #target: BodyTarget | undefined
  #taken = false

  /** There is one for each body: an `error_page` that asks another upstream can send it again. */
  static of(body: RequestBody): RequestSource {
    let source = sources.get(body)
    if (!source) {
      source = new RequestSource(body)
      sources.set(body, source)
    }
    return source
  }

  /** A body that was made here. */
  static made(bytes: Buffer): RequestSource {
    const source = new RequestSource(NO_BODY)
    source.whole = bytes
    source.length = bytes.length
    return source
  }

  private constructor(body: RequestBody) {
    this.#body = body
    this.length = body.length
    this.whole = undefined
    this.#ready = undefined
    this.#more = undefined
    this.#target = undefined
  }

  /** Whether a peer can be given the body from its first byte on. */
  get available(): boolean {
    return !this.#taken
  }

  /** Collects the body, or its first `limit` bytes. With 0 nothing is waited for. */
  collect(limit: number): Awaitable<void> {
    if (this.#begun) return undefined
    this.#limit = limit
    if (limit === 0 || (this.length !== undefined && this.length > limit)) return undefined
    this.#begun = true
    this.#body.pour(this)
    if (this.#complete || this.failure || this.#more) return undefined
    return new Promise((resolve) => {
      this.#ready = resolve
    })
  }

  /** Gives the body to a peer's call; a streamed one can be given once. */
  stream(target: BodyTarget): void {
    if (this.#taken) {
      target.bodyFailed(requestBodySpent())
      return
    }
    this.#taken = true
    this.#target = target
    if (!this.#begun) {
      this.#begun = true
      this.#body.pour(this)
      return
    }
    const chunks = this.#chunks
    this.#chunks = []
    const waits = target.bodyData(Buffer.concat(chunks))
    if (waits) void waits.then(() => this.#goOn())
    else this.#goOn()
  }

  /** The peer is not interested any more: the rest of a streamed body is read and dropped. */
  drop(target: BodyTarget): void {
    if (this.#target !== target) return
    this.#target = undefined
    this.#body.discard()
    this.#goOn()
  }

  data(chunk: Buffer): Awaitable<void> {
    if (this.#taken) return this.#target?.bodyData(chunk)
    this.#chunks.push(chunk)
    this.#collected += chunk.length
    if (this.#collected <= this.#limit) return undefined
    const held = new Promise<void>((resolve) => {
      this.#more = resolve
    })
    this.#settle()
    return held
  }

  end(): void {
    this.#complete = true
    if (this.#taken) {
      this.#target?.bodyEnd()
      return
    }
    this.whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.length = this.whole?.length
    this.#body.whole = this.whole
    this.#chunks = []
    this.#settle()
  }

  fail(error: GatewayError): void {
    this.failure = error
    if (this.#taken) this.#target?.bodyFailed(error)
    else this.#settle()
  }

  #settle(): void {
    const ready = this.#ready
    this.#ready = undefined
    ready?.()
  }

  #goOn(): void {
    const more = this.#more
    this.#more = undefined
    more?.()
  }
}
