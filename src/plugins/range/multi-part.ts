import { Buffer } from 'node:buffer'
import { randomInt } from 'node:crypto'
import type { Awaitable, ByteRange, GatewayError, Head, Sink } from 'gateway/plugin'

/** One part of the answer: where it lies in the body as poured, and what stands before it. */
interface Part extends ByteRange {
  readonly opening: Buffer
}

/**
 * Several ranges of one body, as multipart/byteranges (RFC 9110 section 14.6).
 *
 * Parts come in the order asked for where the source can be asked for them, or gives the whole
 * body in one chunk. Of a body that streams by, they come in its own order, and those that
 * overlap are joined, as the RFC allows.
 */
export class MultiPart implements Sink {
  readonly #next: Sink
  readonly #ranges: readonly ByteRange[]
  readonly #length: number
  readonly #boundary = nextBoundary()
  #head: Head | undefined
  #type: string | undefined
  #parts: readonly Part[] = []
  /** Index of the part that is being poured or comes next. */
  #current = 0
  /** Bytes of the body seen so far. */
  #at = 0

  constructor(next: Sink, ranges: readonly ByteRange[], length: number) {
    this.#next = next
    this.#ranges = ranges
    this.#length = length
  }

  head(head: Head): void {
    this.#head = head
    this.#type = head.type
    head.type = `multipart/byteranges; boundary=${this.#boundary}`
    if (!head.seek) return
    head.seek(this.#ranges)
    this.#begin(this.#ranges, endToEnd(this.#ranges))
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (!this.#head) return this.#through(chunk)
    if (chunk.length === this.#length) return this.#whole(chunk)
    const ranges = joined(this.#ranges)
    this.#begin(ranges, ranges)
    return this.#through(chunk)
  }

  end(): Awaitable<void> {
    if (this.#head) this.#begin(this.#ranges, this.#ranges)
    // Without a body (HEAD) there is nothing to close.
    if (this.#at === 0) return this.#next.end()
    const poured = this.#next.data(Buffer.from(`\r\n--${this.#boundary}--\r\n`, 'latin1'))
    return poured ? poured.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  /** Sends the head; `ranges` are named to the client, `places` is where their bytes pass here. */
  #begin(ranges: readonly ByteRange[], places: readonly ByteRange[]): void {
    const head = this.#head as Head
    this.#head = undefined
    this.#parts = ranges.map((range, i) => ({
      ...(places[i] as ByteRange),
      opening: this.#opening(range),
    }))
    head.length = `\r\n--${this.#boundary}--\r\n`.length
    for (const part of this.#parts) head.length += part.opening.length + part.end - part.start
    this.#next.head(head)
  }

  #opening(range: ByteRange): Buffer {
    const type = this.#type === undefined ? '' : `Content-Type: ${this.#type}\r\n`
    return Buffer.from(
      `\r\n--${this.#boundary}\r\n${type}` +
        `Content-Range: bytes ${range.start}-${range.end - 1}/${this.#length}\r\n\r\n`,
      'latin1',
    )
  }

  /** The whole body is here, so its parts can be given in any order. */
  #whole(chunk: Uint8Array): Awaitable<void> {
    this.#begin(this.#ranges, this.#ranges)
    this.#current = this.#parts.length
    this.#at = chunk.length
    return pourAll(
      this.#next,
      this.#parts.flatMap((part) => [part.opening, chunk.subarray(part.start, part.end)]),
    )
  }

  #through(chunk: Uint8Array): Awaitable<void> {
    const from = this.#at
    const to = from + chunk.length
    this.#at = to
    const pieces: Uint8Array[] = []
    for (; this.#current < this.#parts.length; this.#current++) {
      const part = this.#parts[this.#current] as Part
      if (part.start >= to) break
      if (part.start >= from) pieces.push(part.opening)
      pieces.push(chunk.subarray(Math.max(part.start - from, 0), part.end - from))
      if (part.end > to) break
    }
    return pourAll(this.#next, pieces)
  }
}

/** Pours one piece after the other, each when the receiver is ready for it. */
function pourAll(sink: Sink, pieces: readonly Uint8Array[], from = 0): Awaitable<void> {
  for (let i = from; i < pieces.length; i++) {
    const poured = sink.data(pieces[i] as Uint8Array)
    if (poured) return poured.then(() => pourAll(sink, pieces, i + 1))
  }
  return undefined
}

/** Where ranges lie when they are poured one after another. */
function endToEnd(ranges: readonly ByteRange[]): ByteRange[] {
  let at = 0
  return ranges.map((range) => {
    const start = at
    at += range.end - range.start
    return { start, end: at }
  })
}

/** Ranges in ascending order, none overlapping another. */
function joined(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start)
  const out: ByteRange[] = []
  for (const range of sorted) {
    const last = out.at(-1)
    if (last && range.start < last.end) {
      out[out.length - 1] = { start: last.start, end: Math.max(last.end, range.end) }
    } else {
      out.push(range)
    }
  }
  return out
}

const BOUNDARY_DIGITS = 20
let boundary = randomInt(2 ** 47)

/** As in nginx, a boundary is a number of twenty digits. */
function nextBoundary(): string {
  boundary += 1
  return String(boundary).padStart(BOUNDARY_DIGITS, '0')
}
