import type { Sink } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { MessageBody } from '../../../sandbox/host/message-view.ts'
import { readWhole } from '../../../sandbox/host/read-whole.ts'
import { pourBody } from './answer-sender.ts'
import type { ChunkReader } from './chunk-reader.ts'

/** A body that a script may read, and that whoever comes behind it gets all the same. */
export class RememberedBody implements MessageBody {
  readonly #reader: ChunkReader
  /** Bytes that are remembered at most. */
  readonly #limit: number
  #chunks: Uint8Array[] = []
  #length = 0
  #state: 'open' | 'cancelled' | 'given' = 'open'
  #reading: Promise<unknown> | undefined
  #isForgotten = false

  constructor(reader: ChunkReader, limit: number) {
    this.#reader = reader
    this.#limit = limit
  }

  /** Whether the script has looked at none of it. */
  get isUnread(): boolean {
    return this.#reader.isUnread
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#state === 'given') throw passedOn()
    if (this.#state === 'cancelled') return undefined
    const chunk = this.#next()
    if (!(chunk instanceof Promise)) return this.#keep(chunk)
    const kept = chunk.then((each) => this.#keep(each))
    this.#reading = kept
    return kept
  }

  /** The script wants no more of it; who comes behind may. */
  cancel(): void {
    if (this.#state === 'open') this.#state = 'cancelled'
    if (this.#isForgotten) this.#reader.cancel()
  }

  /** Nobody will come behind the script: from now on it is the script's alone. */
  forget(): void {
    this.#isForgotten = true
    this.#chunks = []
    if (this.#state === 'cancelled') this.#reader.cancel()
  }

  /** Gives all of it away, or refuses where it is longer than may be remembered. */
  async give(): Promise<Uint8Array> {
    this.#state = 'given'
    await this.#reading
    const left = this.#limit - this.#length
    if (left < 0) throw tooLarge(this.#limit)
    const rest = await readWhole(this.#reader, left)
    return Buffer.concat([...this.#chunks, rest])
  }

  /** Whether more of it was read than is remembered. */
  get isLost(): boolean {
    return this.#length > this.#limit
  }

  /** Pours what was read, and then what comes. */
  async pour(sink: Pick<Sink, 'data' | 'end'>): Promise<void> {
    this.#state = 'given'
    await this.#reading
    for (const chunk of this.#chunks.splice(0)) await sink.data(chunk)
    await pourBody(this.#reader, sink)
  }

  #next(): ReturnType<ChunkReader['read']> {
    try {
      return this.#reader.read()
    } catch {
      // Somebody else reads it: the location's handler, which was asked before.
      throw passedOn()
    }
  }

  #keep(chunk: Uint8Array | undefined): Uint8Array | undefined {
    if (!chunk) return undefined
    if (this.#isForgotten) return chunk
    this.#length += chunk.length
    if (this.#length <= this.#limit) this.#chunks.push(chunk)
    else this.#chunks = []
    return chunk
  }
}

function passedOn(): Error {
  return refusal('TypeError', 'the body has been passed on')
}

function tooLarge(limit: number): Error {
  return refusal('RangeError', `the body is larger than ${limit} bytes`)
}
