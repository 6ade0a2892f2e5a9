import type { Buffer } from 'node:buffer'
import { badRequest } from '../../base/errors.ts'
import { type ReadonlyFields, sameName } from './fields.ts'
import { ABSENT, initial, initials, marked, marks, type Notes, REPEATED } from './request-marks.ts'

/** What the parser hands over beside the positions in `marks`. */
export interface ParsedHead {
  readonly bytes: Buffer
  /** Where the head begins in `bytes`, and how long it is. */
  readonly from: number
  readonly size: number
  readonly method: string
  readonly target: string
  readonly version: number
  readonly notes: Notes
  readonly host: string | undefined
}

/**
 * The head of a request, parsed once and read lazily: a field is four positions in the text of the
 * whole head, and that text is made when somebody first wants one. Until `settle` the bytes and the
 * positions stand in memory that the next head is read into.
 */
export class RequestHead implements ReadonlyFields {
  readonly method: string
  readonly target: string
  /** 9, 10 or 11; minor versions above 1 count as 11. */
  readonly version: number
  /** Bytes of the head, with the empty line. */
  readonly size: number
  readonly #notes: Notes
  readonly #host: string | undefined
  /** A bit for each first letter of a name: most look-ups are for what is not there. */
  readonly #initials: number
  #bytes: Buffer | undefined
  readonly #from: number
  #text: string | undefined
  #marks: readonly number[]
  readonly #marked: number

  constructor(parsed: ParsedHead) {
    this.method = parsed.method
    this.target = parsed.target
    this.version = parsed.version
    this.size = parsed.size
    this.#notes = parsed.notes
    this.#host = parsed.host
    this.#initials = initials
    this.#bytes = parsed.bytes
    this.#from = parsed.from
    this.#text = undefined
    this.#marks = marks
    this.#marked = marked
  }

  /** Takes its own copies: the memory it was parsed in is about to hold something else. */
  settle(): void {
    if (!this.#bytes) return
    this.#all()
    this.#bytes = undefined
    this.#marks = this.#marks.slice(0, this.#marked)
  }

  /** Nobody will want a field any more; without copies of its own it has none from now on. */
  release(): void {
    this.#bytes = undefined
  }

  /** All of it, with the empty line. */
  get text(): string {
    this.settle()
    return this.#all()
  }

  /** Name start, name end, value start and value end in `text`, for each field. */
  get marks(): readonly number[] {
    this.settle()
    return this.#marks
  }

  get host(): string | undefined {
    if (this.#notes.host === REPEATED) throw badRequest('duplicate host header')
    return this.#host
  }

  get contentLength(): string | undefined {
    return this.#single(this.#notes.contentLength, 'Content-Length')
  }

  get transferEncoding(): string | undefined {
    return this.#single(this.#notes.transferEncoding, 'Transfer-Encoding')
  }

  get connection(): string | undefined {
    const at = this.#notes.connection
    // Several Connection fields are one list (RFC 9110 section 5.3).
    return at === REPEATED ? this.all('connection').join(', ') : this.#value(at)
  }

  get expect(): string | undefined {
    return this.#value(this.#notes.expect)
  }

  get(name: string): string | undefined {
    return this.#value(this.#find(name, 0))
  }

  all(name: string): string[] {
    const found: string[] = []
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + 4)) {
      found.push(this.#value(at) as string)
    }
    return found
  }

  joined(name: string, separator: string): string | undefined {
    const first = this.#find(name, 0)
    let text = this.#value(first)
    if (text === undefined) return undefined
    for (let at = this.#find(name, first + 4); at >= 0; at = this.#find(name, at + 4)) {
      text += separator + (this.#value(at) as string)
    }
    return text
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const { text, marks } = this
    for (let i = 0; i < marks.length; i += 4) {
      yield [text.slice(marks[i], marks[i + 1]), this.#value(i) as string]
    }
  }

  #single(at: number, name: string): string | undefined {
    if (at === REPEATED) throw badRequest(`duplicate ${name} header`)
    return this.#value(at)
  }

  #value(at: number): string | undefined {
    if (at < 0) return undefined
    return this.#all().slice(this.#marks[at + 2], this.#marks[at + 3])
  }

  #find(name: string, from: number): number {
    const first = name.charCodeAt(0)
    if ((this.#initials & initial(first)) === 0) return ABSENT
    const text = this.#all()
    const positions = this.#marks
    for (let i = from; i < this.#marked; i += 4) {
      const start = positions[i] as number
      const end = positions[i + 1] as number
      // The first letter, in lower case, spares most of the slices.
      if (end - start !== name.length || (text.charCodeAt(start) | 32) !== first) continue
      if (sameName(text.slice(start, end), name)) return i
    }
    return ABSENT
  }

  #all(): string {
    if (this.#text === undefined) {
      if (!this.#bytes) throw new Error('the fields of a request are read after its end')
      this.#text = this.#bytes.latin1Slice(this.#from, this.#from + this.size)
    }
    return this.#text
  }
}
