import type { Buffer } from 'node:buffer'
import { type GatewayError, pluginFailed, requestBodySpent } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { BodyReceiver, RequestBody } from '../kernel/exchange/request-body.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { newBuffer } from '../kernel/socket/binding.ts'
import type { TempFile } from '../storage/temp/temp-file.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import { CollectedBody, type FileOwner } from './collected-body.ts'

/** Bytes of a file that are read at a time. */
const PIECE = 65_536

/** Who sends a request body on: a call to a peer. */
export interface BodyTarget {
  /** A promise means "wait". */
  bodyData(chunk: Buffer): Awaitable<void>
  bodyEnd(): void
  bodyFailed(error: GatewayError): void
}

/** The body that peers are sent. */
export interface PeerBody {
  /** All of it, where it is in memory. */
  readonly whole: Buffer | undefined
  /** Bytes of the body; undefined when it is chunked and not complete. */
  readonly length: number | undefined
  /** Whether a peer can be given the body from its first byte on. */
  readonly available: boolean
  /** Gives the body to a peer's call; one that was not collected can be given once. */
  stream(target: BodyTarget): void
  /** The peer is not interested any more: the rest of a streamed body is read and dropped. */
  drop(target: BodyTarget): void
}

const sources = new WeakMap<RequestBody, RequestSource>()

/**
 * A request body on its way to a peer. One that was collected before can be sent again to the next
 * peer; else it is streamed, and once that began nobody else can have it.
 */
export class RequestSource implements PeerBody, BodyReceiver, FileOwner {
  readonly #x: Exchange
  #collected: CollectedBody | undefined = undefined
  #streamed = false
  #target: BodyTarget | undefined = undefined
  /** The exchange is over: a file is only there for who is sending it. */
  #over = false

  /** There is one for each body: an `error_page` that asks another upstream can send it again. */
  static of(x: Exchange): RequestSource {
    let source = sources.get(x.body)
    if (!source) {
      source = new RequestSource(x)
      sources.set(x.body, source)
    }
    return source
  }

  private constructor(x: Exchange) {
    this.#x = x
  }

  get whole(): Buffer | undefined {
    return this.#collected?.whole
  }

  get length(): number | undefined {
    return this.#collected ? this.#collected.length : this.#x.body.length
  }

  get failure(): GatewayError | undefined {
    return this.#collected?.failure
  }

  get available(): boolean {
    return !this.#streamed && !(this.#over && this.#collected?.file)
  }

  /** Reads the whole body, if that was not done before; what does not fit goes to a file. */
  collect(folder: TempFolder): Awaitable<void> {
    if (this.#collected || this.#streamed) return undefined
    this.#collected = new CollectedBody(this.#x, folder, this)
    return this.#collected.collect()
  }

  stream(target: BodyTarget): void {
    if (!this.available) {
      target.bodyFailed(requestBodySpent())
      return
    }
    this.#target = target
    const { file } = this.#collected ?? {}
    if (file) {
      void this.#send(file, target)
    } else {
      this.#streamed = true
      this.#x.body.pour(this)
    }
  }

  drop(target: BodyTarget): void {
    if (this.#target !== target) return
    this.#target = undefined
    if (this.#streamed) this.#x.body.discard()
  }

  // What is streamed.

  data(chunk: Buffer): Awaitable<void> {
    return this.#target?.bodyData(chunk)
  }

  end(): void {
    this.#target?.bodyEnd()
  }

  fail(error: GatewayError): void {
    this.#target?.bodyFailed(error)
  }

  // What is in a file.

  async #send(file: TempFile, target: BodyTarget): Promise<void> {
    const length = this.length as number
    try {
      for (let at = 0; at < length && this.#target === target; at += PIECE) {
        const piece = newBuffer(Math.min(PIECE, length - at))
        await file.read(piece, at)
        if (this.#target === target) await target.bodyData(piece)
      }
      if (this.#target === target) target.bodyEnd()
    } catch (error) {
      if (this.#target === target) target.bodyFailed(pluginFailed('kernel', error))
    }
    if (this.#target === target) this.#target = undefined
    this.#closeIfUnused()
  }

  exchangeOver(): void {
    this.#over = true
    this.#closeIfUnused()
  }

  #closeIfUnused(): void {
    if (this.#over && !this.#target) this.#collected?.close()
  }
}
