import { compressionExceeded, tooMany, unknownHandle } from '../errors.ts'
import { type Spend, spendNothing } from '../spend.ts'
import { Codec, type Coding } from './codec.ts'
import type { CompressionLimits } from './compression-limits.ts'

/** What a piece, and a byte of it going in or coming out, costs a thread, in microseconds. */
const PIECE = 10
const BYTE = 0.02

/** The compression streams of one run, by numbers that the script gets. */
export class CompressionSession {
  readonly #limits: CompressionLimits
  readonly #spend: Spend
  readonly #open = new Map<number, Codec>()
  #last = 0
  #output = 0

  constructor(limits: CompressionLimits, spend: Spend = spendNothing) {
    this.#limits = limits
    this.#spend = spend
  }

  open(coding: Coding): number {
    const { streams, opened } = this.#limits
    if (this.#open.size >= streams) throw tooMany('streams at once', streams, 'compression_limit')
    if (this.#last >= opened) throw tooMany('streams', opened, 'compression_limit')
    this.#open.set(++this.#last, new Codec(coding))
    return this.#last
  }

  /** Puts a piece into a stream, or with undefined its end. */
  push(id: number, bytes: Uint8Array | undefined): void {
    const codec = this.#codec(id)
    this.#spend(PIECE + (bytes?.length ?? 0) * BYTE)
    codec.push(bytes)
  }

  /** The next piece of what comes out; undefined where more has to be put in first. */
  async pull(id: number): Promise<Uint8Array | undefined> {
    this.#spend(PIECE)
    const piece = await this.#codec(id).pull()
    this.#output += piece?.length ?? 0
    this.#spend((piece?.length ?? 0) * BYTE, 'done')
    if (this.#output <= this.#limits.output) return piece
    this.close()
    throw compressionExceeded(this.#limits.output)
  }

  /** Ends one stream; one that has ended stays so. */
  abort(id: number): void {
    this.#open.get(id)?.close()
    this.#open.delete(id)
  }

  /** Ends all of them: the run is over. */
  close(): void {
    for (const id of this.#open.keys()) this.abort(id)
  }

  #codec(id: number): Codec {
    const codec = this.#open.get(id)
    if (codec === undefined) throw unknownHandle('stream')
    return codec
  }
}
