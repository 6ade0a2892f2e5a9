import type { Readable } from 'node:stream'
import { badCall } from '../arguments.ts'
import { fetchAborted, fetchBodyExceeded } from '../errors.ts'
import { asFetchRefusal } from './failure.ts'
import type { FetchedBody } from './fetcher.ts'

/** The body of an answer, read piece by piece; what is not read is not fetched (back-pressure). */
export class AnswerBody implements FetchedBody {
  readonly #source: Readable
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #limit: number
  #got = 0
  #reading = false
  #isEnded = false
  #isCancelled = false

  /** `limit` is the most bytes of the whole body. */
  constructor(source: Readable, limit: number) {
    this.#source = source
    this.#pieces = source[Symbol.asyncIterator]()
    this.#limit = limit
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#reading) throw badCall('order of reads')
    this.#reading = true
    try {
      const { done, value } = await this.#pieces.next()
      if (done === true) {
        this.#isEnded = true
        return undefined
      }
      this.#got += value.length
      if (this.#got > this.#limit) throw fetchBodyExceeded('response', this.#limit)
      return value
    } catch (error) {
      const failure = this.#isCancelled ? fetchAborted() : asFetchRefusal(error)
      this.cancel()
      throw failure
    } finally {
      this.#reading = false
    }
  }

  /** Nobody reads the rest: its connection is closed. */
  cancel(): void {
    this.#isCancelled = true
    this.#source.on('error', () => {}).destroy()
  }
}
