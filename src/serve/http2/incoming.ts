import type { Buffer } from 'node:buffer'
import type { ServerSettings } from '../../kernel/settings/server.ts'
import { CODE, FLAG, FRAME, FRAME_HEAD, PREFACE, WIDEST_WINDOW } from '../../wire/http2/codes.ts'
import { ConnectionFault, StreamFault } from '../../wire/http2/fault.ts'
import { fieldKinds } from '../../wire/http2/field-kinds.ts'
import { type Frame, FrameReader } from '../../wire/http2/frame-reader.ts'
import { HeaderBlock } from '../../wire/http2/header-block.ts'
import { CompressionError } from '../../wire/http2/hpack/compression-error.ts'
import { HpackDecoder } from '../../wire/http2/hpack/decoder.ts'
import { DEFAULT_TABLE_SIZE } from '../../wire/http2/hpack/dynamic-table.ts'
import { FieldBlock } from '../../wire/http2/hpack/field-block.ts'
import { readTrailers } from '../../wire/http2/request-fields.ts'
import type { ClientStream } from './client-stream.ts'
import { takeControlFrame } from './control-frames.ts'
import type { Session } from './session.ts'
import { startStream } from './stream-start.ts'

/** What a header block is for: `nobody` asked for it any more, but it must be decoded. */
type Use = 'request' | 'trailers' | 'nobody'

const NUMBER = 4

/** What a client sends on one connection, frame by frame (RFC 9113 sections 4 to 6). */
export class Incoming {
  readonly #session: Session
  readonly #rules: ServerSettings
  readonly #frames = new FrameReader()
  readonly #block: HeaderBlock
  readonly #decoder: HpackDecoder
  #use: Use = 'nobody'
  /** Characters of the preface that are there. */
  #prefaced = 0
  #settled = false

  constructor(session: Session) {
    this.#session = session
    this.#rules = session.connection.plan.servers.default.settings
    const { count, size } = this.#rules.large_client_header_buffers
    this.#block = new HeaderBlock(count * size)
    this.#decoder = new HpackDecoder(
      {
        tableSize: DEFAULT_TABLE_SIZE,
        mostBytes: count * size,
        mostFields: this.#rules.max_headers,
      },
      fieldKinds,
    )
  }

  /** Whether something is there whose rest is not. */
  get isWithin(): boolean {
    return this.#frames.isWithin || this.#block.stream !== 0 || !this.#settled
  }

  /** Throws a `ConnectionFault`. */
  read(memory: Buffer, size: number): void {
    let from = 0
    while (this.#prefaced < PREFACE.length && from < size) {
      if (memory[from++] !== PREFACE.charCodeAt(this.#prefaced++)) {
        throw new ConnectionFault(CODE.protocolError, 'no HTTP/2')
      }
    }
    if (from === size) return
    this.#frames.read(from > 0 ? memory.subarray(from, size) : memory, size - from, this.#take)
  }

  drop(): void {
    this.#frames.drop()
    this.#block.clear()
  }

  readonly #take = (frame: Frame): boolean => {
    try {
      this.#takeFrame(frame)
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error
      this.#session.fault(frame.stream, error)
    }
    return this.#session.connection.serves
  }

  #takeFrame(frame: Frame): void {
    const { type } = frame
    if (!this.#settled) {
      if (type !== FRAME.settings || frame.flags & FLAG.ack) {
        throw new ConnectionFault(CODE.protocolError, 'no SETTINGS first')
      }
      this.#settled = true
    }
    if (this.#block.stream !== 0) {
      this.#session.conduct.frame()
      if (this.#block.goOn(frame)) this.#useBlock()
      return
    }
    switch (type) {
      case FRAME.data:
        this.#data(frame)
        break
      case FRAME.headers:
        this.#use = this.#useOf(frame)
        if (this.#block.begin(frame)) this.#useBlock()
        break
      case FRAME.reset:
        this.#reset(frame)
        break
      case FRAME.windowUpdate:
        this.#windowUpdate(frame)
        break
      default:
        this.#session.conduct.frame()
        takeControlFrame(this.#session, frame)
    }
  }

  #useOf({ stream: id }: Frame): Use {
    const session = this.#session
    const stream = session.streams.get(id)
    if (stream) {
      if (stream.input.whole) throw new ConnectionFault(CODE.streamClosed, 'HEADERS behind the end')
      return 'trailers'
    }
    if (session.stragglers.has(id)) return 'trailers'
    if ((id & 1) === 0) throw new ConnectionFault(CODE.protocolError, `HEADERS of stream ${id}`)
    if (id > session.last) {
      session.last = id
      return session.serves ? 'request' : 'nobody'
    }
    const past = session.past.find(id)
    if (past === 'ours') return 'nobody'
    if (past === 'ended') throw new ConnectionFault(CODE.streamClosed, 'HEADERS behind the end')
    throw new ConnectionFault(CODE.protocolError, `HEADERS of stream ${id}`)
  }

  /** The whole of a header block is there. */
  #useBlock(): void {
    const block = this.#block
    const { bytes, endsStream, fault, from, stream: id, to } = block
    block.clear()
    try {
      this.#decoder.decode(bytes, from, to, fields)
    } catch (error) {
      if (!(error instanceof CompressionError)) throw error
      throw new ConnectionFault(CODE.compressionError, `HEADERS: ${error.message}`)
    }
    if (this.#use === 'nobody') return
    if (fault) throw fault
    if (this.#use === 'trailers') {
      if (!endsStream) throw new StreamFault(CODE.protocolError, 'HEADERS amid a body')
      const trailers = fields.tooLarge ? undefined : readTrailers(fields, this.#rules)
      const stream = this.#session.streams.get(id)
      if (stream) stream.input.end(trailers)
      else this.#session.stragglers.ended(id)
    } else if (this.#session.streams.size >= this.#session.settings.http2_max_concurrent_streams) {
      this.#session.refuse(id)
    } else {
      startStream(this.#session, id, fields, FRAME_HEAD + to - from, endsStream ? 'last' : 'more')
    }
  }

  #data({ bytes, flags, from, stream: id, to }: Frame): void {
    const session = this.#session
    let start = from
    let end = to
    if (flags & FLAG.padded) {
      end -= bytes[start++] as number
      if (to === from || start > end) {
        throw new ConnectionFault(CODE.protocolError, 'DATA with more padding than bytes')
      }
    }
    const stream = this.#knownStream(id, 'DATA')
    const ends = (flags & FLAG.endStream) !== 0
    session.room.came(to - from)
    if (!stream) {
      session.room.release(to - from)
      session.conduct.frame()
      this.#late(id, end - start, to - from)
      if (ends && session.stragglers.has(id)) session.stragglers.ended(id)
      return
    }
    if (stream.input.whole) {
      session.room.release(to - from)
      throw new StreamFault(CODE.streamClosed, 'DATA behind the end')
    }
    if (end > start) session.conduct.moved(end - start)
    else if (!ends) session.conduct.frame()
    stream.input.feed(bytes, start, end, to - from)
    if (ends) stream.input.end(undefined)
  }

  /** DATA of a stream that was answered, or is over. */
  #late(id: number, bytes: number, flow: number): void {
    const { past, stragglers } = this.#session
    if (stragglers.has(id)) stragglers.came(id, bytes, flow)
    else if (past.find(id) !== 'ours') {
      throw new StreamFault(CODE.streamClosed, 'DATA behind the end')
    }
  }

  #reset({ from, stream: id, to }: Frame): void {
    const session = this.#session
    if (to - from !== NUMBER) {
      throw new ConnectionFault(CODE.frameSizeError, 'RST_STREAM of a wrong size')
    }
    const stream = this.#knownStream(id, 'RST_STREAM')
    if (stream) {
      session.brokenOff(stream)
      return
    }
    session.conduct.frame()
    if (!session.stragglers.forget(id, 'ended')) session.past.end(id)
  }

  #windowUpdate({ bytes, from, stream: id, to }: Frame): void {
    const session = this.#session
    if (to - from !== NUMBER) {
      throw new ConnectionFault(CODE.frameSizeError, 'WINDOW_UPDATE of a wrong size')
    }
    session.conduct.frame()
    const more = bytes.readUInt32BE(from) & WIDEST_WINDOW
    if (id === 0) {
      if (more === 0) throw new ConnectionFault(CODE.protocolError, 'WINDOW_UPDATE of nothing')
      session.outgoing.widen(more)
      return
    }
    const stream = this.#knownStream(id, 'WINDOW_UPDATE')
    if (more === 0) throw new StreamFault(CODE.protocolError, 'WINDOW_UPDATE of nothing')
    if (stream) stream.output.widen(more)
    else session.stragglers.widen(id, more)
  }

  /** Undefined for one that is over. Throws a `ConnectionFault` for one that never began. */
  #knownStream(id: number, what: string): ClientStream | undefined {
    const { last, streams } = this.#session
    const stream = streams.get(id)
    if (stream === undefined && (id > last || id === 0 || (id & 1) === 0)) {
      throw new ConnectionFault(CODE.protocolError, `${what} of stream ${id}`)
    }
    return stream
  }
}

/** What was decoded last; it is used up at once. */
const fields = new FieldBlock()
