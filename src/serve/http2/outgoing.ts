import type { Stream } from '../../kernel/socket/stream.ts'
import {
  CODE,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FRAME_HEAD,
  WIDEST_WINDOW,
} from '../../wire/http2/codes.ts'
import { ConnectionFault } from '../../wire/http2/fault.ts'
import { writeFrameHead } from '../../wire/http2/frame-writer.ts'
import { HpackEncoder, mostHeadSize } from '../../wire/http2/hpack/encoder.ts'
import { defaultSettings, type PeerSettings } from '../../wire/http2/settings.ts'
import { Outbox } from './outbox.ts'
import { SendQueue } from './send-queue.ts'

/** Whether something that is sent is the last of its stream. */
export type Position = 'last' | 'more'

/** What a server says on one connection, as frames. What is sent is counted in bytes of frames. */
export class Outgoing {
  /** Bytes of bodies that the client still takes, on all streams together. */
  window = DEFAULT_WINDOW
  readonly peer: PeerSettings = defaultSettings()
  readonly outbox: Outbox
  readonly queue: SendQueue
  readonly #encoder = new HpackEncoder()

  constructor(stream: Stream) {
    this.outbox = new Outbox(stream)
    this.queue = new SendQueue(() => this.window > 0 && this.outbox.waiting === 0)
  }

  /** What the client's settings say now counts. */
  settled(): void {
    this.#encoder.allowTable(this.peer.tableSize)
  }

  /** The client takes more. Throws a `ConnectionFault`. */
  widen(bytes: number): void {
    this.window += bytes
    if (this.window > WIDEST_WINDOW) {
      throw new ConnectionFault(CODE.flowControlError, 'a window wider than there are')
    }
  }

  head(id: number, status: number, fields: readonly string[], position: Position): number {
    const start = this.#beginBlock(fields)
    const { outbox } = this
    return this.#endBlock(
      id,
      start,
      this.#encoder.encode(outbox.block, start + FRAME_HEAD, status, fields),
      position,
    )
  }

  /** Fields behind a body; they end it. */
  trailers(id: number, fields: readonly string[]): number {
    const start = this.#beginBlock(fields)
    const { block } = this.outbox
    let at = this.#encoder.begin(block, start + FRAME_HEAD)
    for (let i = 0; i < fields.length; i += 2) {
      at = this.#encoder.field(block, at, fields[i] as string, fields[i + 1] as string)
    }
    return this.#endBlock(id, start, at, 'last')
  }

  /** Bytes `from` to `to` of a body; the caller keeps to the windows. */
  data(id: number, bytes: Uint8Array, from: number, to: number, position: Position): number {
    const size = to - from
    this.window -= size
    const { outbox } = this
    const start = outbox.room(FRAME_HEAD + size)
    const { block } = outbox
    const flags = position === 'last' ? FLAG.endStream : 0
    const at = writeFrameHead(block, start, size, FRAME.data, flags, id)
    block.set(size === bytes.length ? bytes : bytes.subarray(from, to), at)
    outbox.used = at + size
    return FRAME_HEAD + size
  }

  /** A frame that is made already. */
  frame(frame: Uint8Array): number {
    const { outbox } = this
    const start = outbox.room(frame.length)
    outbox.block.set(frame, start)
    outbox.used = start + frame.length
    return frame.length
  }

  #beginBlock(fields: readonly string[]): number {
    return this.outbox.room(FRAME_HEAD + mostHeadSize(fields))
  }

  /** A block that is longer than the client's frames is continued. */
  #endBlock(id: number, start: number, end: number, position: Position): number {
    const { outbox, peer } = this
    const size = end - start - FRAME_HEAD
    const ending = position === 'last' ? FLAG.endStream : 0
    if (size <= peer.frame) {
      writeFrameHead(outbox.block, start, size, FRAME.headers, FLAG.endHeaders | ending, id)
      outbox.used = end
      return size + FRAME_HEAD
    }
    const fields = outbox.block.subarray(start + FRAME_HEAD, end).slice()
    outbox.used = start
    let sent = 0
    for (let from = 0; from < size; from += peer.frame) {
      const to = Math.min(size, from + peer.frame)
      const at = outbox.room(FRAME_HEAD + to - from)
      const type = from === 0 ? FRAME.headers : FRAME.continuation
      const flags = (from === 0 ? ending : 0) | (to === size ? FLAG.endHeaders : 0)
      const payload = writeFrameHead(outbox.block, at, to - from, type, flags, id)
      outbox.block.set(fields.subarray(from, to), payload)
      outbox.used = payload + to - from
      sent += FRAME_HEAD + to - from
    }
    return sent
  }
}
