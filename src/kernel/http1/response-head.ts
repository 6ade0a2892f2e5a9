import { FieldTable } from './field-table.ts'
import { Fields, sameName } from './fields.ts'
import { COLON, CR, LF, SPACE, TAB, TOKEN_BYTE } from './tokens.ts'

/**
 * What becomes of a field of a response: `drop` it · `type`, `length`, `coding`, `connection`:
 * it says something the kernel keeps elsewhere. Fields that are in no table pass.
 */
export type FieldFate = 'drop' | 'type' | 'length' | 'coding' | 'connection'

/** Fields that mean one connection and never pass it (RFC 9110 section 7.6.1), and the framing. */
const FATES: readonly (readonly [string, FieldFate])[] = [
  ['content-type', 'type'],
  ['content-length', 'length'],
  ['transfer-encoding', 'coding'],
  ['connection', 'connection'],
  ['keep-alive', 'drop'],
  ['proxy-connection', 'drop'],
  ['te', 'drop'],
  ['trailer', 'drop'],
  ['upgrade', 'drop'],
]

/** A table for `parseResponseHead` that also drops the `hidden` fields. */
export function fieldFates(hidden: Iterable<string>): FieldTable<FieldFate> {
  const drops = [...hidden].map((name): [string, FieldFate] => [name, 'drop'])
  return new FieldTable<FieldFate>([...drops, ...FATES])
}

/** The head of a response as a peer sent it, sorted into what passes and what does not. */
export class ResponseHead {
  /** The whole head, one character a byte; what `$upstream_http_*` reads. */
  readonly text: string
  status = 0
  reason = ''
  /** 10 or 11. */
  version = 11
  /** Characters of `text` that are the head, with the empty line. */
  size = 0
  /** The fields that pass, in order: name, value, name, value… */
  readonly fields: string[] = []
  type: string | undefined = undefined
  /** Content-Length; undefined for none. */
  length: number | undefined = undefined
  chunked = false
  /** Whether the peer closes the connection after this response. */
  close = false
  /** Options of Connection fields other than the usual `keep-alive`, each followed by a comma. */
  connection = ''

  constructor(text: string) {
    this.text = text
  }

  /** All values of a field as sent, whether it passes or not; `name` in lower case. */
  original(name: string): string[] {
    const values: string[] = []
    for (const line of this.text.slice(0, this.size).split('\n')) {
      const colon = line.indexOf(':')
      if (colon === name.length && sameName(line.slice(0, colon), name)) {
        values.push(line.slice(colon + 1).trim())
      }
    }
    return values
  }
}

/**
 * Parses the head of a response at the start of `text`. Undefined: it is not complete. A string:
 * it is not a valid head; the text says why, as a fragment for the log.
 *
 * Bare LF ends a line as well as CR LF (RFC 9112 section 2.2). A bare CR, a NUL, a folded line, a
 * space before the colon, contradictory framing and HTTP/0.9 are refused.
 */
export function parseResponseHead(
  text: string,
  fates: FieldTable<FieldFate>,
): ResponseHead | string | undefined {
  const lineEnd = text.indexOf('\n')
  if (lineEnd < 0) return isStatusLineSoFar(text) ? undefined : 'no valid HTTP/1 status line'
  const line = STATUS_LINE.exec(text)
  if (!line) return 'no valid HTTP/1 status line'
  const head = new ResponseHead(text)
  // An HTTP/1.0 peer closes the connection whatever it says; nginx does not reuse it either.
  if (line[1] === '0') {
    head.version = 10
    head.close = true
  }
  head.status = Number(line[2])
  head.reason = line[3] ?? ''
  const fault = parseFields(head, lineEnd + 1, fates)
  if (fault !== undefined) return fault
  if (head.size === 0) return undefined
  if (head.chunked && head.length !== undefined) {
    return 'both "Content-Length" and "Transfer-Encoding"'
  }
  return head
}

// The reason may be any text of one line (RFC 9112 section 4), and is often missing altogether.
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?\r?\n/
const OPENING = 'HTTP/1.'

function isStatusLineSoFar(text: string): boolean {
  return text.startsWith(OPENING) || OPENING.startsWith(text)
}

/** What is wrong, or undefined; `head.size` stays 0 while the empty line is not there. */
function parseFields(
  head: ResponseHead,
  from: number,
  fates: FieldTable<FieldFate>,
): string | undefined {
  const { text } = head
  let at = from
  for (;;) {
    const first = text.charCodeAt(at)
    if (first === LF) {
      head.size = at + 1
      break
    }
    if (first === CR) {
      if (at + 1 === text.length) return undefined
      if (text.charCodeAt(at + 1) !== LF) return 'a bare CR'
      head.size = at + 2
      break
    }
    let colon = at
    while (TOKEN_BYTE[text.charCodeAt(colon)] === 1) colon++
    if (colon >= text.length) return undefined
    // A space before the colon and a folded line end here too: neither is part of a name.
    if (colon === at || text.charCodeAt(colon) !== COLON) return 'an invalid header line'
    let end = colon + 1
    let byte = text.charCodeAt(end)
    while (byte > CR || (byte > 0 && byte !== LF && byte !== CR)) byte = text.charCodeAt(++end)
    if (end >= text.length) return undefined
    let next = end + 1
    if (byte !== LF) {
      if (byte !== CR) return 'a NUL in a header line'
      if (next === text.length) return undefined
      if (text.charCodeAt(next++) !== LF) return 'a bare CR in a header line'
    }
    let start = colon + 1
    while (start < end && isBlank(text.charCodeAt(start))) start++
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--
    const fate = fates.find(text, at, colon)
    if (fate === undefined) {
      head.fields.push(text.slice(at, colon), text.slice(start, end))
    } else if (fate !== 'drop') {
      const fault = note(head, fate, text.slice(start, end))
      if (fault !== undefined) return fault
    }
    at = next
  }
  if (head.connection !== '') readConnection(head)
  return undefined
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}

/** Keeps what one of the special fields says; returns what is wrong with it. */
function note(head: ResponseHead, fate: FieldFate, value: string): string | undefined {
  switch (fate) {
    case 'type':
      head.type ??= value
      return undefined
    case 'length': {
      if (!/^\d{1,15}$/.test(value)) return `an invalid "Content-Length" header: "${value}"`
      if (head.length !== undefined) return 'a duplicate "Content-Length" header'
      head.length = Number(value)
      return undefined
    }
    case 'coding':
      if (value.toLowerCase() !== 'chunked') return `an unknown "Transfer-Encoding": "${value}"`
      if (head.chunked) return 'a duplicate "Transfer-Encoding" header'
      head.chunked = true
      return undefined
    case 'connection':
      if (value !== 'keep-alive') head.connection += `${value},`
      return undefined
    default:
      return undefined
  }
}

/** Fields that Connection names belong to this connection and do not pass it. */
function readConnection(head: ResponseHead): void {
  for (const word of head.connection.toLowerCase().split(',')) {
    const option = word.trim()
    if (option === 'close') head.close = true
    else if (option !== '') new Fields(head.fields).delete(option)
  }
}
