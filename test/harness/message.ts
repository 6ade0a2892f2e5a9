/** Header lines as received: names keep their case, order and repetition stay. */
export class HeaderLines {
  readonly lines: readonly (readonly [name: string, value: string])[]

  constructor(lines: readonly (readonly [string, string])[]) {
    this.lines = lines
  }

  /** Every value under a name, whatever its case. */
  all(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.lines.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value)
  }

  /** The only value under a name; two are an error, because tests must not overlook one. */
  get(name: string): string | undefined {
    const values = this.all(name)
    if (values.length > 1) throw new Error(`${values.length} ${name} lines: ${values.join(' | ')}`)
    return values[0]
  }

  has(name: string): boolean {
    return this.all(name).length > 0
  }
}

/** How a message's body is delimited (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

/** The head of a request or response, syntax checked. */
export interface MessageHead {
  readonly startLine: string
  readonly headers: HeaderLines
}

/** A message that breaks RFC 9110 or 9112. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// The characters that make one line two for somebody else (RFC 9110 section 5.5).
const FORBIDDEN = /[\0\r\n]/

/** Parses a head with its closing empty line; lines must end in CRLF. */
export function parseHead(bytes: Buffer): MessageHead {
  const text = bytes.toString('latin1')
  if (!text.endsWith('\r\n\r\n')) throw new MessageError('the head has no empty line at its end')
  const [startLine = '', ...rest] = text.slice(0, -4).split('\r\n')
  if (startLine === '') throw new MessageError('the start line is empty')
  if (FORBIDDEN.test(startLine)) throw new MessageError(`control in ${JSON.stringify(startLine)}`)
  return { startLine, headers: new HeaderLines(rest.map(parseLine)) }
}

function parseLine(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  if (!TOKEN.test(name)) throw new MessageError(`not a header line: ${JSON.stringify(line)}`)
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
  if (FORBIDDEN.test(value)) throw new MessageError(`control in ${JSON.stringify(line)}`)
  return [name, value]
}

/** The framing the headers declare; undefined when they declare none. */
export function declaredFraming(headers: HeaderLines): Framing | undefined {
  const lengths = headers.all('content-length')
  const codings = headers.all('transfer-encoding')
  if (lengths.length > 0 && codings.length > 0) {
    throw new MessageError('both Content-Length and Transfer-Encoding')
  }
  if (lengths.length > 1) throw new MessageError(`${lengths.length} Content-Length lines`)
  if (codings.length > 1) throw new MessageError(`${codings.length} Transfer-Encoding lines`)
  const [length] = lengths
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw new MessageError(`Content-Length "${length}"`)
    return { kind: 'length', length: Number(length) }
  }
  const [coding] = codings
  if (coding === undefined) return undefined
  if (coding.toLowerCase() !== 'chunked') throw new MessageError(`Transfer-Encoding "${coding}"`)
  return { kind: 'chunked' }
}
