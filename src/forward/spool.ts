import type { Buffer } from 'node:buffer'
import { pluginFailed } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import { newBuffer } from '../kernel/socket/binding.ts'
import { ChunkQueue } from '../storage/temp/chunk-queue.ts'
import { TempFile } from '../storage/temp/temp-file.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'

/** Where and how far answers wait for slow clients. Sizes in bytes. */
export interface Spooling {
  /** How much waits in memory. */
  readonly memory: number
  /** How much of what waits is given to the client at once. */
  readonly piece: number
  /** How much waits in a file; 0 for no file. */
  readonly fileLimit: number
  readonly folder: TempFolder
}

/**
 * What a peer has sent and a slow client has not taken yet: first come, first out. What memory
 * does not hold goes to a temporary file; where there is no room for it, the peer waits.
 */
export class Spool {
  readonly #x: Exchange
  readonly #where: Spooling
  readonly #onRoom: () => void
  /** Younger than what is in the file. */
  readonly #queue = new ChunkQueue()
  #file: TempFile | undefined = undefined
  /** What of the file is still to be taken. */
  #from = 0
  #to = 0
  #writing: Promise<void> | undefined = undefined
  #state: 'open' | 'fileless' | 'closed' = 'open'

  /** `onRoom` is called when there is room again after `put` has found none. */
  constructor(x: Exchange, where: Spooling, onRoom: () => void) {
    this.#x = x
    this.#where = where
    this.#onRoom = onRoom
  }

  get empty(): boolean {
    return this.#state === 'closed' || (this.#from === this.#to && this.#queue.size === 0)
  }

  /** Takes a chunk in any case; returns whether there is room for more. */
  put(chunk: Buffer): boolean {
    if (this.#state === 'closed') return true
    this.#queue.push(chunk)
    if (this.#queue.size < this.#where.memory) return true
    if (this.#mayWrite) this.#writing ??= this.#write()
    return false
  }

  /** The next piece, where it is not empty. Throws where the file cannot be read. */
  async take(): Promise<Buffer> {
    const queue = this.#queue
    // What is being written cannot be given away as well.
    if (this.#from === this.#to) await this.#writing
    if (this.#from < this.#to && this.#state !== 'closed') return this.#read()
    const wasFull = queue.size >= this.#where.memory
    const piece = queue.take(this.#where.piece)
    if (wasFull && queue.size < this.#where.memory) this.#onRoom()
    return piece
  }

  /** Nobody wants the rest. */
  close(): void {
    this.#state = 'closed'
    this.#file?.close()
  }

  get #mayWrite(): boolean {
    return this.#state === 'open' && this.#to + this.#queue.size <= this.#where.fileLimit
  }

  async #write(): Promise<void> {
    const queue = this.#queue
    const end = this.#to + queue.size
    try {
      this.#file ??= await this.#create()
      while (this.#to < end && this.#state === 'open') {
        const written = await this.#file.write(queue.chunks, this.#to)
        queue.drop(written)
        this.#to += written
      }
    } catch (error) {
      this.#giveUpFile(error)
    }
    this.#writing = undefined
    if (queue.size < this.#where.memory) this.#onRoom()
  }

  async #create(): Promise<TempFile> {
    const file = await TempFile.create(this.#where.folder, 'unnamed')
    if (this.#state === 'closed') file.close()
    const text = 'an upstream response is buffered to a temporary file'
    this.#x.log('warn', `${text} ${file.name} while reading upstream`)
    return file
  }

  /** What could not be written stays in memory, and the peer waits as if the file were full. */
  #giveUpFile(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'fileless'
    const { level, message } = pluginFailed('kernel', error)
    this.#x.log(level, `${message} while reading upstream`)
  }

  async #read(): Promise<Buffer> {
    const piece = newBuffer(Math.min(this.#where.piece, this.#to - this.#from))
    await (this.#file as TempFile).read(piece, this.#from)
    this.#from += piece.length
    if (this.#from === this.#to && !this.#writing) {
      this.#from = 0
      this.#to = 0
    }
    return piece
  }
}
