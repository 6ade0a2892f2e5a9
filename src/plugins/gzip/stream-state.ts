import { Buffer } from 'node:buffer'
import { constants, createGzip, type Gzip } from 'node:zlib'
import type { DeflateOptions, DeflateState, Flush } from './state.ts'

/** zlib through the stream Node documents: slower, for a Node without what `DirectState` uses. */
export class StreamState implements DeflateState {
  readonly #gzip: Gzip
  #made: Buffer[] = []
  #fail: (error: Error) => void = () => undefined

  constructor({ level, windowBits, memLevel }: DeflateOptions) {
    this.#gzip = createGzip({ level, windowBits, memLevel })
    this.#gzip.on('data', (chunk: Buffer) => this.#made.push(chunk))
    this.#gzip.on('error', (error) => this.#fail(error))
  }

  run(input: Uint8Array, flush: Flush): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      const done = () => resolve(this.#take())
      if (flush === 'finish') {
        this.#gzip.once('end', done)
        this.#gzip.end(input)
      } else if (flush === 'sync') {
        this.#gzip.write(input)
        this.#gzip.flush(constants.Z_SYNC_FLUSH, () => setImmediate(done))
      } else {
        this.#gzip.write(input, done)
      }
    })
  }

  reset(): boolean {
    this.#gzip.destroy()
    return false
  }

  #take(): Uint8Array {
    const made = Buffer.concat(this.#made)
    this.#made = []
    return made
  }
}
