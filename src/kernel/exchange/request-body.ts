import { Buffer } from 'node:buffer'
import { badRequest, bodyTooLarge, type GatewayError, pluginFailed } from '../../base/errors.ts'
import { ChunkedDecoder } from '../../wire/http1/chunked.ts'
import type { Fields } from '../../wire/http1/fields.ts'
import type { Awaitable } from '../phase/verdict.ts'

/** Who takes a request body. Chunks are the receiver's own. */
export interface BodyReceiver {
  /** A promise means "wait": nothing more is read from the client until it settles. */
  data(chunk: Buffer): Awaitable<void>
  end(): void
  fail(error: GatewayError): void
}

/** Where the bytes come from: the connection. */
export interface BodySource {
  /** Reads on; answers `Expect: 100-continue` first where the client waits for it. */
  resumeBody(): void
  pauseBody(): void
}

/** What says where a body ends: its announced length, chunks, or frames around it. */
export type Delimiter = 'length' | 'chunks' | 'frames'

/** A request body as it arrives. Nobody has to read it; what is not read is discarded. */
export class RequestBody {
  /** Announced bytes; undefined for a chunked body. */
  readonly length: number | undefined
  /** `client_max_body_size` of the location; 0 for no limit. */
  limit = 0
  /** Bytes received so far, without chunk framing. */
  received = 0
  complete: boolean
  /** All of it, once somebody has collected it (`$request_body`). */
  whole: Buffer | undefined
  /** The file all of it was collected into instead (`$request_body_file`). */
  file: string | undefined
  /** Trailer fields of a chunked body, once complete. */
  trailers: Fields | undefined
  readonly #source: BodySource
  readonly #chunked: ChunkedDecoder | undefined
  readonly #isFramed: boolean
  #held: Buffer[] | undefined
  #receiver: BodyReceiver | undefined
  #failure: GatewayError | undefined
  /** A receiver is busy with a chunk, or held chunks are being delivered. */
  #busy = false

  constructor(
    source: BodySource,
    length: number | undefined,
    delimiter: Delimiter = length === undefined ? 'chunks' : 'length',
  ) {
    this.#source = source
    this.length = length
    this.complete = length === 0
    this.whole = undefined
    this.file = undefined
    this.trailers = undefined
    this.#chunked = delimiter === 'chunks' ? new ChunkedDecoder() : undefined
    this.#isFramed = delimiter === 'frames'
    this.#held = undefined
    this.#receiver = undefined
    this.#failure = undefined
  }

  /** Whether there is no body at all. */
  get empty(): boolean {
    return this.length === 0
  }

  /** Whether it is longer than `limit`, as announced or as received so far. */
  get tooLarge(): boolean {
    return this.limit > 0 && (this.length ?? this.received) > this.limit
  }

  /** Whether the client broke it off, or what it sends is no body any more. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Takes the body from the wire: returns the index of the first byte that is not part of it. */
  feed(bytes: Buffer, from: number, to: number): number {
    // What follows a failure belongs to nobody, least of all to a next request.
    if (this.#failure) return to
    if (this.#isFramed) {
      this.#take(bytes, from, to)
      return to
    }
    const decoder = this.#chunked
    if (!decoder) {
      const stop = Math.min(to, from + (this.length as number) - this.received)
      this.complete = this.received + stop - from === this.length
      this.#take(bytes, from, stop)
      return this.#failure ? to : stop
    }
    const stop = decoder.feed(bytes, from, to)
    if (decoder.done) {
      this.complete = true
      this.trailers = decoder.trailers
    }
    this.#take(bytes, decoder.start, decoder.end)
    if (decoder.invalid) this.fail(badRequest(`${decoder.invalid} in its chunked body`))
    return this.#failure ? to : stop
  }

  /** The frames around it say that this was all. */
  finish(trailers: Fields | undefined): void {
    if (this.complete || this.#failure) return
    this.complete = true
    this.trailers = trailers
    this.#take(NOTHING, 0, 0)
  }

  /** Gives the body to `receiver`, from the first byte on. May be called once. */
  pour(receiver: BodyReceiver): void {
    if (this.empty) {
      receiver.end()
      return
    }
    if (this.#receiver) throw new Error('the request body is being read already')
    this.#receiver = receiver
    this.#deliver()
  }

  /** The whole body in memory. Rejects when the client fails, or beyond the limit. */
  bytes(): Promise<Buffer> {
    if (this.whole) return Promise.resolve(this.whole)
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      this.pour({
        data: (chunk) => {
          chunks.push(chunk)
        },
        end: () => {
          this.whole = Buffer.concat(chunks)
          resolve(this.whole)
        },
        fail: reject,
      })
    })
  }

  /** Drops what nobody has read, and what is still to come. */
  discard(): void {
    if (this.empty) return
    this.#held = undefined
    this.#receiver = DISCARD
    this.limit = 0
    if (!this.complete && !this.#failure) this.#source.resumeBody()
  }

  /** The client broke the body off, was too slow, or sent something else than a body. */
  fail(error: GatewayError): void {
    // There is one body that is empty, for all requests.
    if (this.#failure || this.empty) return
    this.#failure = error
    if (!this.#busy) this.#receiver?.fail(error)
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const size = to - from
    this.received += size
    if (this.limit > 0 && this.received > this.limit) {
      this.fail(bodyTooLarge(this.limit))
      this.#pause()
      return
    }
    const receiver = this.#receiver
    if (receiver === DISCARD) return
    if (receiver && !this.#busy && !this.#held) {
      this.#give(receiver, size > 0 ? Buffer.from(bytes.subarray(from, to)) : undefined)
      return
    }
    if (size === 0) return
    this.#held ??= []
    this.#held.push(Buffer.from(bytes.subarray(from, to)))
    this.#pause()
  }

  /** Behind a whole body the connection is read on: it says when the client goes away. */
  #pause(): void {
    if (!this.complete) this.#source.pauseBody()
  }

  /** Gives one chunk and, when it was the last, the end. Returns whether more can be given now. */
  #give(receiver: BodyReceiver, chunk: Buffer | undefined): boolean {
    let waits: Awaitable<void>
    try {
      waits = chunk && receiver.data(chunk)
    } catch (error) {
      this.#giveUp(receiver, error)
      return false
    }
    if (!waits) {
      if (this.complete && !this.#held) receiver.end()
      return true
    }
    this.#busy = true
    this.#pause()
    waits.then(
      () => {
        this.#busy = false
        this.#deliver()
      },
      (error) => this.#giveUp(receiver, error),
    )
    return false
  }

  /** The receiver has failed: it is told so itself, and what is left is dropped. */
  #giveUp(receiver: BodyReceiver, error: unknown): void {
    this.#busy = false
    receiver.fail(pluginFailed('body receiver', error))
    this.discard()
  }

  /** Goes on with what is held, then with the wire. */
  #deliver(): void {
    const receiver = this.#receiver as BodyReceiver
    if (this.limit > 0 && this.received > this.limit) {
      this.#held = undefined
      this.#failure ??= bodyTooLarge(this.limit)
    }
    for (;;) {
      const chunk = this.#held?.shift()
      if (this.#held?.length === 0) this.#held = undefined
      if (!chunk) break
      if (!this.#give(receiver, chunk)) return
      if (this.complete && !this.#held) return
    }
    if (this.#failure) receiver.fail(this.#failure)
    else if (this.complete) receiver.end()
    else this.#source.resumeBody()
  }
}

const NOTHING = Buffer.alloc(0)

const DISCARD: BodyReceiver = { data: () => undefined, end: () => undefined, fail: () => undefined }

const NO_SOURCE: BodySource = { resumeBody: () => undefined, pauseBody: () => undefined }

/** A body that is there already. */
export function wholeBody(bytes: Uint8Array): RequestBody {
  if (bytes.length === 0) return NO_BODY
  const body = new RequestBody(NO_SOURCE, bytes.length)
  body.feed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)
  return body
}

/** Where the bytes of a body come from that is made in here. */
export interface MadeBody {
  /** Begins to give them; called once. */
  pour(receiver: BodyReceiver): void
  /** The rest is not wanted. */
  discard(): void
}

/** A body that is made while it is sent; how long it gets is not known before. */
class StreamedBody extends RequestBody {
  readonly #made: MadeBody

  constructor(made: MadeBody) {
    super(NO_SOURCE, undefined)
    this.#made = made
  }

  override pour(receiver: BodyReceiver): void {
    this.#made.pour(receiver)
  }

  override discard(): void {
    this.#made.discard()
  }
}

/** The body of a request that is made inside the server, streamed. */
export function streamedBody(made: MadeBody): RequestBody {
  return new StreamedBody(made)
}

/** The body of a request that has none. One for all, since there is nothing in it to change. */
export const NO_BODY = new RequestBody(NO_SOURCE, 0)
