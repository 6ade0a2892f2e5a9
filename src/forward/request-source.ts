import type { Buffer } from 'node:buffer'
import { type GatewayError, pluginFailed, requestBodySpent } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { BodyReceiver, RequestBody } from '../kernel/exchange/request-body.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { newBuffer } from '../kernel/socket/binding.ts'
import type { TempFile } from '../storage/temp/temp-file.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import { CollectedBody } from './collected-body.ts'

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
export class RequestSource implements PeerBody, BodyReceiver {
  readonly #x: Exchange
  #collected: CollectedBody | undefined = undefined
  #streamed = false
  /** Who is sent it now: of a file there may be several. */
  readonly #targets = new Set<BodyTarget>()
  /** Who may ask for it still: its own request, and copies of that. */
  #keepers = 0

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
    return !this.#streamed && !(this.#keepers === 0 && this.#collected?.file)
  }

  /** Whether all of it is there. */
  get isCollected(): boolean {
    const { file, failure, whole } = this.#collected ?? {}
    return !failure && (whole ?? file) !== undefined
  }

  /** Keeps its file, if it has one, until what is returned is called. */
  keep(): () => void {
    this.#keepers++
    return () => {
      this.#keepers--
      this.#closeIfUnused()
    }
  }

  /**
   * Reads the whole body, if that was not done before; what does not fit goes to a file, or without
   * a folder stays in memory: for a body that is there already.
   */
  collect(folder: TempFolder | undefined): Awaitable<void> {
    if (this.#collected || this.#streamed) return undefined
    this.#collected = new CollectedBody(this.#x, folder, () => this.#x.atEnd(this.keep()))
    return this.#collected.collect()
  }

  stream(target: BodyTarget): void {
    if (!this.available) {
      target.bodyFailed(requestBodySpent())
      return
    }
    this.#targets.add(target)
    const { file } = this.#collected ?? {}
    if (file) {
      void this.#send(file, target)
    } else {
      this.#streamed = true
      this.#x.body.pour(this)
    }
  }

  drop(target: BodyTarget): void {
    if (this.#targets.delete(target) && this.#streamed) this.#x.body.discard()
  }

  // What is streamed.

  data(chunk: Buffer): Awaitable<void> {
    const [target] = this.#targets
    return target?.bodyData(chunk)
  }

  end(): void {
    const [target] = this.#targets
    target?.bodyEnd()
  }

  fail(error: GatewayError): void {
    const [target] = this.#targets
    target?.bodyFailed(error)
  }

  // What is in a file.

  async #send(file: TempFile, target: BodyTarget): Promise<void> {
    const length = this.length as number
    try {
      for (let at = 0; at < length && this.#targets.has(target); at += PIECE) {
        const piece = newBuffer(Math.min(PIECE, length - at))
        await file.read(piece, at)
        if (this.#targets.has(target)) await target.bodyData(piece)
      }
      if (this.#targets.has(target)) target.bodyEnd()
    } catch (error) {
      if (this.#targets.has(target)) target.bodyFailed(pluginFailed('kernel', error))
    }
    this.#targets.delete(target)
    this.#closeIfUnused()
  }

  #closeIfUnused(): void {
    if (this.#keepers === 0 && this.#targets.size === 0) this.#collected?.close()
  }
}
