import { badCall } from '../arguments.ts'
import { fetchAborted, fetchBodyExceeded } from '../errors.ts'

/** A piece that was written; undefined is the end. */
interface Piece {
  readonly bytes: Uint8Array | undefined
  readonly taken: () => void
  readonly refused: (error: Error) => void
}

interface Reader {
  readonly take: (piece: Piece) => void
  readonly fail: (error: Error) => void
}

/**
 * A request body that a script writes while it is sent. One piece is held at a time: a write is
 * answered when the connection has taken it.
 */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #limit: number
  #written = 0
  #held: Piece | undefined
  #reader: Reader | undefined
  #failure: Error | undefined

  /** `limit` is the most bytes of the whole body. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Why nothing more is written, where that is so. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Writes a piece, or with undefined the end. Rejects when nobody takes it any more. */
  write(bytes: Uint8Array | undefined): Promise<void> {
    this.#written += bytes?.length ?? 0
    // The request fails as a whole: half a body that looks like a whole one is worse than none.
    if (this.#written > this.#limit) this.#fail(fetchBodyExceeded('request', this.#limit))
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#held !== undefined) return Promise.reject(badCall('order of writes'))
    return new Promise((taken, refused) => this.#offer({ bytes, taken, refused }))
  }

  /** Nobody wants the rest: what is written from now on is refused. */
  close(): void {
    this.#fail(fetchAborted())
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { bytes, taken } = await this.#next()
        taken()
        if (bytes === undefined) return
        if (bytes.length > 0) yield bytes
      }
    } finally {
      this.close()
    }
  }

  #offer(piece: Piece): void {
    const reader = this.#reader
    this.#reader = undefined
    if (reader === undefined) this.#held = piece
    else reader.take(piece)
  }

  #next(): Promise<Piece> {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) return Promise.resolve(held)
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((take, fail) => {
      this.#reader = { take, fail }
    })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#held?.refused(this.#failure)
    this.#held = undefined
    this.#reader?.fail(this.#failure)
    this.#reader = undefined
  }
}
