import type { Buffer } from 'node:buffer'
import { parseFieldLines } from './field-lines.ts'
import type { Fields } from './fields.ts'

/** Bytes of chunk extensions one body may carry; nobody has a use for them. */
const EXTENSIONS_LIMIT = 16_384
/** Bytes of the trailer section, its last empty line included. */
const TRAILERS_LIMIT = 8192
/** Leading zeros are allowed, so that the digits of one size need a limit of their own. */
const DIGITS_LIMIT = 32
/** A chunk may not be longer than a number can count exactly. */
const SIZE_LIMIT = 2 ** 48

const CR = 13
const LF = 10
const SEMICOLON = 59
const SPACE = 32
const TAB = 9

/** What the next byte is part of. */
const FIRST_DIGIT = 0
const SIZE = 1
const BEFORE_EXTENSION = 2
const EXTENSION = 3
const SIZE_LF = 4
const DATA = 5
const DATA_CR = 6
const DATA_LF = 7
const TRAILERS = 8
const DONE = 9

/**
 * Takes a chunked body apart (RFC 9112 section 7.1), in pieces of any size, in place.
 *
 * `feed` moves the body's bytes of one piece together (one chunk a piece costs no move), so that
 * afterwards `bytes[start]`…`bytes[end]` is all of the body this piece held. Framing is read
 * strictly: lines end in CRLF, sizes are bare hexadecimal digits.
 */
export class ChunkedDecoder {
  /** The body's bytes in the piece fed last: from `start`, before `end`. */
  start = 0
  end = 0
  /** Whether the last chunk and the trailers are read; what follows is not part of the body. */
  done = false
  /** What is wrong with the body, as a lower-case fragment; nothing can be fed any more. */
  invalid: string | undefined = undefined
  /** The trailer fields, once `done`; undefined for none. */
  trailers: Fields | undefined = undefined
  #state = FIRST_DIGIT
  #size = 0
  #digits = 0
  #extensions = 0
  #trailer = ''

  /**
   * Reads `bytes[from]`…`bytes[to]` and returns the index of the first byte it did not use: `to`,
   * or less once `done`. With `invalid` set, what came before the fault is still in `start`, `end`.
   */
  feed(bytes: Buffer, from: number, to: number): number {
    let at = from
    this.start = from
    this.end = from
    while (at < to) {
      if (this.#state === DATA) at = this.#takeData(bytes, at, to)
      else if (this.#state === TRAILERS) return this.#takeTrailers(bytes, at, to)
      else if (!this.#step(bytes[at++] as number)) return at
    }
    return at
  }

  #takeData(bytes: Buffer, at: number, to: number): number {
    const stop = Math.min(to, at + this.#size)
    if (this.start === this.end) {
      this.start = at
      this.end = stop
    } else {
      bytes.copyWithin(this.end, at, stop)
      this.end += stop - at
    }
    this.#size -= stop - at
    if (this.#size === 0) this.#state = DATA_CR
    return stop
  }

  /** One byte of framing; false when it is wrong. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case FIRST_DIGIT:
      case SIZE:
        return this.#sizeByte(byte)
      case BEFORE_EXTENSION:
        if (byte === SPACE || byte === TAB) return this.#countExtension()
        if (byte === SEMICOLON) return this.#go(EXTENSION)
        return byte === CR ? this.#go(SIZE_LF) : this.#refuse('after a chunk size')
      case EXTENSION:
        if (byte === CR) return this.#go(SIZE_LF)
        if ((byte < SPACE && byte !== TAB) || byte === 127) return this.#refuse('in an extension')
        return this.#countExtension()
      case SIZE_LF:
        if (byte !== LF) return this.#refuse('after a chunk size')
        return this.#go(this.#size === 0 ? TRAILERS : DATA)
      case DATA_CR:
        return byte === CR ? this.#go(DATA_LF) : this.#refuse('after chunk data')
      case DATA_LF:
        this.#digits = 0
        return byte === LF ? this.#go(FIRST_DIGIT) : this.#refuse('after chunk data')
      default:
        return false
    }
  }

  #sizeByte(byte: number): boolean {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit
      this.#state = SIZE
      if (++this.#digits <= DIGITS_LIMIT && this.#size <= SIZE_LIMIT) return true
      return this.#fail('a chunk size that is too large')
    }
    if (this.#state === FIRST_DIGIT) return this.#refuse('where a chunk size should stand')
    if (byte === CR) return this.#go(SIZE_LF)
    if (byte === SEMICOLON) return this.#go(EXTENSION)
    if (byte === SPACE || byte === TAB) return this.#go(BEFORE_EXTENSION)
    return this.#refuse('in a chunk size')
  }

  #countExtension(): boolean {
    return ++this.#extensions <= EXTENSIONS_LIMIT || this.#fail('too long chunk extensions')
  }

  #go(state: number): true {
    this.#state = state
    return true
  }

  #refuse(where: string): false {
    return this.#fail(`an invalid byte ${where}`)
  }

  #fail(text: string): false {
    this.invalid = text
    this.#state = DONE
    return false
  }

  #takeTrailers(bytes: Buffer, from: number, to: number): number {
    const before = this.#trailer.length
    const room = TRAILERS_LIMIT - before
    this.#trailer += bytes.toString('latin1', from, Math.min(to, from + room))
    const text = this.#trailer
    const end = endOfTrailers(text)
    if (end === 0) {
      if (text.length >= TRAILERS_LIMIT) this.#fail('too long trailers')
      else if (/^\n|[^\r]\n/.test(text)) this.#refuse('in the trailers')
      return to
    }
    this.done = true
    this.#state = DONE
    this.#trailer = ''
    if (end > 2) this.#readTrailers(text.slice(0, end - 2))
    return from + end - before
  }

  #readTrailers(text: string): void {
    const fields = parseFieldLines(text)
    if (typeof fields !== 'string') {
      this.trailers = fields
      return
    }
    this.done = false
    this.#fail(fields)
  }
}

/** Where what follows the section begins, 0 while it is not complete. */
function endOfTrailers(text: string): number {
  // The usual body has none: its last chunk is followed by an empty line.
  if (text.startsWith('\r\n')) return 2
  const emptyLine = text.indexOf('\r\n\r\n')
  return emptyLine < 0 ? 0 : emptyLine + 4
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
