import type { Readable } from 'node:stream'
import { badCall } from '../arguments.ts'
import { fetchBodyExceeded } from '../errors.ts'
import { asFetchRefusal } from './failure.ts'

/** The body of an answer, read piece by piece; what is not read is not fetched (back-pressure). */
export class AnswerBody {
  readonly #source: Readable
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #limit: number
  #got = 0
  #reading = false
  #isEnded = false

  /** `limit` is the most bytes of the whole body. */
  constructor(source: Readable, limit: number) {
    this.#source = source
    this.#pieces = source[Symbol.asyncIterator]()
    this.#limit = limit
  }

  /** Whether all of it was read: there is nothing left to cancel. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** The next piece, or undefined at the end. One read at a time. */
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
      this.cancel()
      throw asFetchRefusal(error)
    } finally {
      this.#reading = false
    }
  }

  /** Nobody reads the rest: its connection is closed. */
  cancel(): void {
    this.#source.on('error', () => {}).destroy()
  }
}
