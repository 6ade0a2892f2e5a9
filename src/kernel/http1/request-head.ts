import type { Buffer } from 'node:buffer'
import { badRequest } from '../errors.ts'
import type { ServerSettings } from '../settings/server.ts'
import { type ReadonlyFields, sameName } from './fields.ts'
import { Interner, words } from './interner.ts'
import { skipPlain } from './scan.ts'
import { COLON, CR, DEL, LF, METHOD_BYTE, NAME_BYTE, SPACE, TAB, UNDERSCORE } from './tokens.ts'

/** What the limits and tolerances of a head are; `ServerSettings` of the address's default server. */
export type HeadSettings = Pick<
  ServerSettings,
  | 'large_client_header_buffers'
  | 'max_headers'
  | 'ignore_invalid_headers'
  | 'underscores_in_headers'
>

/** A field that may stand once stood twice. */
const REPEATED = -2
const ABSENT = -1

/** Where the fields stand in `marks` that decide framing and routing; or ABSENT, or REPEATED. */
interface Notes {
  host: number
  contentLength: number
  transferEncoding: number
  connection: number
  expect: number
}

/** What the parser hands over beside the positions in `marks`. */
interface Parsed {
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

  constructor(parsed: Parsed) {
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

/**
 * Parses the request head that begins at `bytes[from]`, before `to`. Returns undefined when it is
 * not complete. Bare LF ends a line as well as CR LF (RFC 9112 section 2.2); everything else that
 * is malformed is refused with a `GatewayError` (400, 414 or 505).
 */
export function parseRequestHead(
  bytes: Buffer,
  from: number,
  to: number,
  settings: HeadSettings,
): RequestHead | undefined {
  const { size } = settings.large_client_header_buffers
  // The loops below may run past `to`, into bytes of an earlier read: whoever stops there has an
  // incomplete head, whatever the byte is. One load and one look-up a byte is what makes it fast.
  let at = from
  let byte = bytes[at] as number
  while (METHOD_BYTE[byte] === 1) byte = bytes[++at] as number
  const methodEnd = at
  if (at < to && (at === from || byte !== SPACE)) throw badRequest('invalid method')
  while (byte === SPACE) byte = bytes[++at] as number
  const target = at
  while (byte > SPACE && byte !== DEL) byte = bytes[++at] as number
  const targetEnd = at
  while (at < to && byte !== LF) byte = bytes[++at] as number
  if (Math.min(at, to) - from > size) throw badRequest('too long URI', 414)
  if (at >= to) return undefined
  if (target === targetEnd) throw badRequest('invalid request')
  const lineEnd = bytes[at - 1] === CR ? at - 1 : at
  const version = usualVersion(bytes, targetEnd, lineEnd)
    ? (bytes[lineEnd - 1] as number) - ZERO + 10
    : parseVersion(bytes.latin1Slice(targetEnd, lineEnd), bytes.latin1Slice(from, methodEnd))
  marked = 0
  initials = 0
  const notes: Notes = {
    host: ABSENT,
    contentLength: ABSENT,
    transferEncoding: ABSENT,
    connection: ABSENT,
    expect: ABSENT,
  }
  const end = version === 9 ? at + 1 : parseFields(bytes, from, at + 1, to, settings, notes)
  if (end === 0) return undefined
  const { host } = notes
  return new RequestHead({
    bytes,
    from,
    size: end - from,
    method: words.text(bytes, from, methodEnd),
    target: targets.text(bytes, target, targetEnd),
    version,
    notes,
    host: host < 0 ? undefined : interned(bytes, from, host),
  })
}

const targets = new Interner(1024, 64)
for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
  words.seed(method)

/** The value of the field at `at` in `marks`. */
function interned(bytes: Buffer, from: number, at: number): string {
  return words.text(bytes, from + (marks[at + 2] as number), from + (marks[at + 3] as number))
}

/** Filled by the head being parsed, up to `marked`; one for all, since parsing never waits. */
const marks: number[] = []
let marked = 0
let initials = 0

/** The bit of a name's first letter, the same for upper and lower case. */
function initial(byte: number): number {
  return 1 << (byte & 31)
}

const USUAL_VERSION = ' HTTP/1.'
const ZERO = 48

/** Whether the rest of a request line is ` HTTP/1.0` or ` HTTP/1.1`. */
function usualVersion(bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== USUAL_VERSION.length + 1) return false
  for (let i = 0; i < USUAL_VERSION.length; i++) {
    if (bytes[from + i] !== USUAL_VERSION.charCodeAt(i)) return false
  }
  const minor = bytes[to - 1]
  return minor === ZERO || minor === ZERO + 1
}

/** Any other rest of a request line: nothing for HTTP/0.9, or an unusual version. */
function parseVersion(rest: string, method: string): number {
  if (rest === ' HTTP/1.1') return 11
  if (rest === ' HTTP/1.0') return 10
  if (/^ *$/.test(rest)) {
    if (method !== 'GET') throw badRequest('invalid request')
    return 9
  }
  const parts = /^ +HTTP\/(\d{1,3})\.(\d{1,3}) *$/.exec(rest)
  if (!parts || parts[1]?.startsWith('0')) throw badRequest('invalid request')
  if (Number(parts[1]) > 1) throw badRequest('unsupported version', 505)
  return Number(parts[2]) === 0 ? 10 : 11
}

/** Notes where each field stands; returns where the head ends, 0 when that is not there yet. */
function parseFields(
  bytes: Buffer,
  from: number,
  start: number,
  to: number,
  settings: HeadSettings,
  notes: Notes,
): number {
  const { count, size } = settings.large_client_header_buffers
  const most = settings.max_headers * 4
  let line = start
  for (;;) {
    let at = line
    let byte = bytes[at] as number
    while (NAME_BYTE[byte] === 1) byte = bytes[++at] as number
    const colon = at
    // Without its colon right behind the name the line is no plain one.
    if (byte === COLON) {
      byte = bytes[++at] as number
      while (byte === SPACE) byte = bytes[++at] as number
    }
    const value = at
    at = skipPlain(bytes, at, to)
    if (
      bytes[at] === CR &&
      bytes[at + 1] === LF &&
      at + 1 < to &&
      bytes[colon] === COLON &&
      colon > line
    ) {
      mark(bytes, from, line, colon, value, at, notes)
      at += 2
    } else {
      if (line < to && bytes[line] === LF) return line + 1
      if (line < to && bytes[line] === CR) return headEnd(bytes, line, to)
      at = parseUnusualField(bytes, from, line, to, settings, notes)
    }
    const stop = at === 0 ? to : at - 1
    if (stop - line > size || stop - from > count * size) {
      throw badRequest('too large request header')
    }
    if (at === 0) return 0
    if (marked > most) throw badRequest('too many header lines')
    line = at
  }
}

/** After the empty line's CR; 0 while its LF is not there. */
function headEnd(bytes: Buffer, at: number, to: number): number {
  if (at + 1 === to) return 0
  if (bytes[at + 1] !== LF) throw badRequest('invalid header line')
  return at + 2
}

/** Stores where a field stands: name, colon, value, end of value. */
function mark(
  bytes: Buffer,
  from: number,
  start: number,
  colon: number,
  value: number,
  stop: number,
  notes: Notes,
): void {
  let end = stop
  while (end > value && isBlank(bytes[end - 1])) end--
  const at = marked
  marks[at] = start - from
  marks[at + 1] = colon - from
  marks[at + 2] = value - from
  marks[at + 3] = end - from
  marked = at + 4
  initials |= initial(bytes[start] as number)
  note(bytes, start, colon - start, at, notes)
}

/**
 * A field line that is not plainly `Name: value` and CRLF; returns where the next line begins, 0
 * when this one is not complete.
 */
function parseUnusualField(
  bytes: Buffer,
  from: number,
  start: number,
  to: number,
  settings: HeadSettings,
  notes: Notes,
): number {
  const name = parseUnusualName(bytes, start, to, settings)
  if (name === 0) return 0
  const colon = Math.abs(name)
  let value = colon + 1
  while (value < to && isBlank(bytes[value])) value++
  const end = unusualValueEnd(bytes, value, to)
  if (end === 0) return 0
  const ignored = name < 0 && settings.ignore_invalid_headers
  if (!ignored) mark(bytes, from, start, colon, value, end, notes)
  return bytes[end] === CR ? end + 2 : end + 1
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

/**
 * Where the colon stands behind a name with other bytes than letters, digits and hyphens; negative
 * if the name is invalid, 0 if the line is not complete.
 */
function parseUnusualName(
  bytes: Buffer,
  start: number,
  to: number,
  settings: HeadSettings,
): number {
  let valid = true
  for (let at = start; at < to; at++) {
    const byte = bytes[at] as number
    if (NAME_BYTE[byte] === 1) continue
    if (byte === COLON && at > start) return valid ? at : -at
    // A space before the colon, a folded line or a line without colon ends up here as well.
    if (byte <= SPACE || byte === DEL || byte === COLON) throw badRequest('invalid header line')
    if (byte !== UNDERSCORE || !settings.underscores_in_headers) valid = false
  }
  return 0
}

/**
 * Where a value ends that does not plainly end in CRLF: at its CR or bare LF, or 0 if the line is
 * not complete. Control bytes may stand in it, but a NUL or a bare CR is read differently by
 * different servers: refused.
 */
function unusualValueEnd(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    if (byte === LF) return at
    if (byte === CR && at + 1 === to) return 0
    if (byte === CR && bytes[at + 1] === LF) return at
    if (byte === 0 || byte === CR) throw badRequest('invalid header line')
  }
  return 0
}

/** Remembers the field whose positions stand at `at` in `marks`, if the kernel itself needs it. */
function note(bytes: Buffer, start: number, length: number, at: number, notes: Notes): void {
  switch (length) {
    case 4:
      if (spells(bytes, start, 'host')) notes.host = once(notes.host, at)
      break
    case 6:
      if (spells(bytes, start, 'expect')) notes.expect = at
      break
    case 10:
      if (spells(bytes, start, 'connection')) notes.connection = once(notes.connection, at)
      break
    case 14:
      if (spells(bytes, start, 'content-length'))
        notes.contentLength = once(notes.contentLength, at)
      break
    case 17:
      if (spells(bytes, start, 'transfer-encoding')) {
        notes.transferEncoding = once(notes.transferEncoding, at)
      }
      break
  }
}

/** Whether the name at `start` is this one; letters and hyphens alone differ by case bit. */
function spells(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((bytes[start + i] as number) | 32) !== name.charCodeAt(i)) return false
  }
  return true
}

function once(before: number, at: number): number {
  return before === ABSENT ? at : REPEATED
}
