import type { Buffer } from 'node:buffer'
import { badRequest } from '../../base/errors.ts'
import { type ReadonlyFields, sameName } from './fields.ts'
import { Interner } from './interner.ts'
import { ABSENT, initial, initials, marked, marks, type Notes, REPEATED } from './request-marks.ts'
import { spellsAnyCase } from './tokens.ts'

/** What the parser hands over beside the positions in `marks`. */
export interface ParsedHead {
  readonly bytes: Buffer
  /** Where the head begins in `bytes`, and how long it is. */
  readonly from: number
  readonly size: number
  /** How long its first line is, without its end. */
  readonly lineSize: number
  readonly method: string
  readonly target: string
  readonly version: number
  readonly notes: Notes
  readonly host: string | undefined
}

/**
 * Names whose values are the same for many clients and requests. They are read without the text of
 * the whole head, and as one and the same string each time.
 */
const RECURRING: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
  'origin',
  'referer',
  'upgrade',
  'user-agent',
  'x-forwarded-proto',
])
const recurring = new Interner(512, 192)

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
  readonly #lineSize: number
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
    this.#lineSize = parsed.lineSize
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

  /** The request line as it was sent. */
  get line(): string {
    const bytes = this.#bytes
    const from = this.#from
    return bytes && this.#text === undefined
      ? recurring.text(bytes, from, from + this.#lineSize)
      : this.#all().slice(0, this.#lineSize)
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
    return this.#single(this.#notes.expect, 'Expect')
  }

  /** Refuses a head in which a field stands twice that means something only once. */
  checkFields(): void {
    const { expect, twice } = this.#notes
    if (expect === REPEATED) throw badRequest('duplicate Expect header')
    if (twice !== undefined) throw badRequest(`duplicate ${twice} header`)
  }

  get(name: string): string | undefined {
    return this.#named(name, this.#find(name, 0))
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
    let text = this.#named(name, first)
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

  /** The value at `at`, which is of this name. */
  #named(name: string, at: number): string | undefined {
    const bytes = this.#bytes
    if (at < 0 || !bytes || this.#text !== undefined || !RECURRING.has(name)) return this.#value(at)
    const from = this.#from
    const positions = this.#marks
    return recurring.text(
      bytes,
      from + (positions[at + 2] as number),
      from + (positions[at + 3] as number),
    )
  }

  #find(name: string, from: number): number {
    if ((this.#initials & initial(name.charCodeAt(0))) === 0) return ABSENT
    const positions = this.#marks
    for (let i = from; i < this.#marked; i += 4) {
      const start = positions[i] as number
      if ((positions[i + 1] as number) - start === name.length && this.#spells(start, name))
        return i
    }
    return ABSENT
  }

  /** Whether the name that begins at `start` is this one, which is as long. */
  #spells(start: number, name: string): boolean {
    const bytes = this.#bytes
    if (bytes) return spellsAnyCase(bytes, this.#from + start, name)
    const text = this.#all()
    // The first letter, in lower case, spares most of the slices.
    if ((text.charCodeAt(start) | 32) !== name.charCodeAt(0)) return false
    return sameName(text.slice(start, start + name.length), name)
  }

  #all(): string {
    if (this.#text === undefined) {
      if (!this.#bytes) throw new Error('the fields of a request are read after its end')
      this.#text = this.#bytes.latin1Slice(this.#from, this.#from + this.size)
    }
    return this.#text
  }
}
