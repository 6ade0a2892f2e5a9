import { Buffer } from 'node:buffer'
import { CODE, FLAG, FRAME } from './codes.ts'
import { ConnectionFault, StreamFault } from './fault.ts'
import type { Frame } from './frame-reader.ts'

/** What tells which streams matter more takes so many bytes (RFC 9113 section 6.2). */
const PRIORITY = 5

/**
 * A header block as it comes: in one HEADERS frame, or continued. It is undone where it takes more than
 * `most` bytes or frames: a client must not let us gather for ever.
 */
export class HeaderBlock {
  /** Whose it is; 0 while none is under way. */
  stream = 0
  endsStream = false
  /** What is wrong with its stream, whose block must be decoded all the same. */
  fault: StreamFault | undefined = undefined
  bytes: Buffer = NOTHING
  from = 0
  to = 0
  readonly #most: number
  #parts: Buffer[] = []
  #size = 0

  /** `most`: bytes that a block may take, compressed. */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes a HEADERS frame; whether that is all of it. Throws a `ConnectionFault`. */
  begin({ bytes, flags, from, stream, to }: Frame): boolean {
    let start = from
    let end = to
    if (flags & FLAG.padded) {
      const padding = start < end ? (bytes[start] as number) : 0
      start++
      end -= padding
    }
    this.fault = undefined
    if (flags & FLAG.priority) {
      if (end - start >= PRIORITY && dependsOn(bytes, start) === stream) {
        this.fault = new StreamFault(CODE.protocolError, 'a stream that depends on itself')
      }
      start += PRIORITY
    }
    if (start > end) {
      throw new ConnectionFault(CODE.protocolError, 'HEADERS with more padding than bytes')
    }
    this.stream = stream
    this.endsStream = (flags & FLAG.endStream) !== 0
    if (flags & FLAG.endHeaders) return this.#whole(bytes, start, end)
    this.#size = 0
    this.#add(bytes, start, end)
    return false
  }

  /** Takes what follows it; nothing but its continuation may. As `begin`. */
  goOn({ bytes, flags, from, stream, to, type }: Frame): boolean {
    if (type !== FRAME.continuation || stream !== this.stream) {
      throw new ConnectionFault(CODE.protocolError, 'another frame inside a header block')
    }
    this.#add(bytes, from, to)
    if (!(flags & FLAG.endHeaders)) return false
    const block = Buffer.concat(this.#parts)
    return this.#whole(block, 0, block.length)
  }

  /** It was used. */
  clear(): void {
    this.stream = 0
    this.bytes = NOTHING
    this.#parts = []
  }

  #whole(bytes: Buffer, from: number, to: number): true {
    this.bytes = bytes
    this.from = from
    this.to = to
    return true
  }

  #add(bytes: Buffer, from: number, to: number): void {
    this.#size += to - from
    if (this.#size > this.#most || this.#parts.length >= MOST_PARTS) {
      throw new ConnectionFault(CODE.enhanceYourCalm, 'a header block without end')
    }
    this.#parts.push(Buffer.from(bytes.subarray(from, to)))
  }
}

/** Frames that one block may come in. */
const MOST_PARTS = 32
const NOTHING = Buffer.alloc(0)

function dependsOn(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & 0x7fff_ffff
}

/** Checks a PRIORITY frame; priorities are not followed (RFC 9113 section 5.3.2). */
export function checkPriority({ bytes, from, stream, to }: Frame): void {
  if (stream === 0) throw new ConnectionFault(CODE.protocolError, 'PRIORITY of no stream')
  if (to - from !== PRIORITY) throw new StreamFault(CODE.frameSizeError, 'PRIORITY of a wrong size')
  if (dependsOn(bytes, from) === stream) {
    throw new StreamFault(CODE.protocolError, 'a stream that depends on itself')
  }
}
