import { Buffer } from 'node:buffer'
import { giveBlock, LARGE_READ, takeBlock } from '../../kernel/socket/blocks.ts'
import type { ByteStream } from '../../kernel/socket/byte-stream.ts'
import { JOIN_LIMIT } from '../../kernel/socket/joint.ts'

/** So many tunnels read into blocks at a time. */
const MOST = 64

let lent = 0

/**
 * One direction of a tunnel: what is read from one stream is written to the other. While that does
 * not take it, nothing more is read, so that one read is all that ever waits.
 */
export class Flow {
  /** Bytes passed on so far. */
  moved = 0
  /** Whether everything, and the end, has been passed on. */
  over = false
  readonly #from: ByteStream
  readonly #to: ByteStream
  /** While much comes, memory that is read into and written from, without a copy. */
  #block: Buffer | undefined = undefined
  /** Nothing more comes; the end follows once what waits has left. */
  #ending = false

  constructor(from: ByteStream, to: ByteStream) {
    this.#from = from
    this.#to = to
  }

  /** Whether what was read last still waits to be taken. */
  get blocked(): boolean {
    return this.#to.pending > 0
  }

  /** Passes on lent memory. */
  take(memory: Buffer, size: number): void {
    const to = this.#to
    this.moved += size
    const bytes = memory.subarray(0, size)
    // What cannot leave at once must not stand in lent memory: short pieces are copied on the way.
    if (memory === this.#block) to.write(bytes)
    else if (size <= JOIN_LIMIT && !this.blocked) to.writeAround('', bytes, '')
    else to.write(Buffer.from(bytes))
    if (this.blocked) this.#from.pause()
    if (size >= LARGE_READ) this.#speedUp()
    else if (this.#block && !this.blocked) this.#slowDown()
  }

  /** The sender has closed its half: so does the receiver's connection, after all that waits. */
  end(): void {
    this.#ending = true
    if (!this.blocked) this.drained()
  }

  /** Everything has left. */
  drained(): void {
    if (!this.#ending) {
      this.#from.resume()
    } else if (!this.over) {
      this.over = true
      this.#to.end()
    }
  }

  /** The receiver is gone. */
  drop(): void {
    this.over = true
    this.#ending = true
    this.#from.pause()
  }

  /** The tunnel is over, and so are its writes. */
  close(): void {
    // A block that may still be read into is not used again.
    if (this.#block) lent--
    this.#block = undefined
  }

  #speedUp(): void {
    if (this.#block || lent === MOST) return
    lent++
    this.#block = takeBlock()
    this.#from.readInto(this.#block)
  }

  #slowDown(): void {
    this.#from.readInto(undefined)
    lent--
    giveBlock(this.#block as Buffer)
    this.#block = undefined
  }
}
