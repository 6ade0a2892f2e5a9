import { Buffer } from 'node:buffer'
import { close, read } from 'node:fs'
import { clientClosed, fileChanged } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { ByteRange, Head } from '../wire/head.ts'

/**
 * A large file on its way to a sink: read in pieces of `output_buffers`, the next one only when
 * the sink is ready for it, so that memory stays the same for a file of any size.
 */
export class FileSource {
  readonly #x: Exchange
  readonly #path: string
  readonly #fd: number
  #parts: readonly ByteRange[]
  /** Memory that is read into again and again, where nobody keeps the pieces. */
  #memory: Buffer | undefined

  constructor(x: Exchange, path: string, fd: number, size: number) {
    this.#x = x
    this.#path = path
    this.#fd = fd
    this.#parts = [{ start: 0, end: size }]
  }

  /** The same for a part of the file that follows other bytes: all of it passes the filters. */
  async pourBehind(head: Head, before: Uint8Array, part: ByteRange): Promise<'done'> {
    const x = this.#x
    try {
      const sink = x.send(head)
      if (before.length > 0) await sink.data(before)
      await this.#pourPart(sink, part)
      if (x.aborted) sink.fail(clientClosed('the file was sent'))
      else await sink.end()
    } finally {
      close(this.#fd)
    }
    return 'done'
  }

  /** Sends the head and pours the file, or the parts of it a filter asks for. Closes the file. */
  async pour(head: Head): Promise<'done'> {
    const x = this.#x
    try {
      head.seek = (parts) => {
        this.#parts = parts
      }
      const sink = x.send(head)
      head.seek = undefined
      for (const part of this.#parts) await this.#pourPart(sink, part)
      if (x.aborted) sink.fail(clientClosed('the file was sent'))
      else await sink.end()
    } finally {
      close(this.#fd)
    }
    return 'done'
  }

  async #pourPart(sink: Sink, { start, end }: ByteRange): Promise<void> {
    const { count, size } = this.#x.location.settings.output_buffers
    const most = count * size
    for (let at = start; at < end && !this.#x.aborted; ) {
      const piece = await this.#read(at, Math.min(most, end - at))
      if (this.#x.aborted) return
      if (piece.length === 0) throw fileChanged(this.#path)
      at += piece.length
      const waits = sink.data(piece)
      if (waits) await waits
    }
  }

  #read(at: number, size: number): Promise<Buffer> {
    const memory = this.#memoryFor(size)
    return new Promise((resolve, reject) => {
      read(this.#fd, memory, 0, size, at, (error, count) => {
        if (error) reject(error)
        else resolve(count === memory.length ? memory : memory.subarray(0, count))
      })
    })
  }

  #memoryFor(size: number): Buffer {
    if (!this.#x.direct) return Buffer.allocUnsafeSlow(size)
    if (!this.#memory || this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size)
    return this.#memory
  }
}
