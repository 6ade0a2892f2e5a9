import type { Buffer } from 'node:buffer'
import type { GatewayError } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { BodyReceiver } from '../kernel/exchange/request-body.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { ChunkQueue } from '../storage/temp/chunk-queue.ts'
import { type Fate, TempFile } from '../storage/temp/temp-file.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'

/** `client_body_in_file_only` as what becomes of the files. */
const FATES = { on: 'kept', clean: 'removed', off: 'unnamed' } as const

/**
 * A request body that is there as a whole before a peer is asked: in memory, or in a file where it
 * is longer than `client_body_buffer_size` or `client_body_in_file_only` says so.
 */
export class CollectedBody implements BodyReceiver {
  /** All of it, where it fits into memory. */
  whole: Buffer | undefined = undefined
  /** Where it is in a file: all of it once it is complete. */
  file: TempFile | undefined = undefined
  length = 0
  failure: GatewayError | undefined = undefined
  readonly #x: Exchange
  readonly #folder: TempFolder | undefined
  readonly #limit: number
  readonly #fate: Fate
  readonly #onFile: () => void
  readonly #queue = new ChunkQueue()
  #settle: (() => void) | undefined = undefined
  #over = false
  #closed = false

  /** `onFile` is called when there is a file to be closed; without a folder there is none. */
  constructor(x: Exchange, folder: TempFolder | undefined, onFile: () => void) {
    const { client_body_buffer_size, client_body_in_file_only } = x.location.settings
    this.#x = x
    this.#folder = folder
    this.#onFile = onFile
    this.#limit = folder ? client_body_buffer_size : Number.POSITIVE_INFINITY
    this.#fate = folder ? FATES[client_body_in_file_only] : 'unnamed'
  }

  /** Reads the body. */
  collect(): Awaitable<void> {
    this.#x.body.pour(this)
    if (this.#over) return undefined
    return new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  data(chunk: Buffer): Awaitable<void> {
    this.#queue.push(chunk)
    this.length += chunk.length
    return this.#queue.size > this.#limit ? this.#write() : undefined
  }

  end(): void {
    if (this.file || this.#fate !== 'unnamed') {
      this.#write().then(
        () => this.#finish(),
        (error) => this.fail(error),
      )
      return
    }
    this.whole = this.#queue.take(this.length)
    this.#x.body.whole = this.whole
    this.#finish()
  }

  fail(error: GatewayError): void {
    this.failure = error
    this.#finish()
  }

  /** Nobody wants it any more. */
  close(): void {
    this.#closed = true
    this.file?.close()
  }

  #finish(): void {
    this.#over = true
    this.#settle?.()
  }

  /** Writes what is in memory. The client is not read meanwhile. */
  async #write(): Promise<void> {
    const queue = this.#queue
    this.file ??= await this.#create(this.#folder as TempFolder)
    while (queue.size > 0 && !this.#closed) {
      queue.drop(await this.file.write(queue.chunks, this.length - queue.size))
    }
  }

  async #create(folder: TempFolder): Promise<TempFile> {
    const x = this.#x
    this.#onFile()
    const file = await TempFile.create(folder, this.#fate)
    if (this.#closed) file.close()
    const level = this.#fate === 'unnamed' ? 'warn' : 'notice'
    x.log(level, `a client request body is buffered to a temporary file ${file.name}`)
    x.body.file = file.name
    return file
  }
}
