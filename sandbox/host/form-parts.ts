import { refusal } from '../border/refusal.ts'

/** Bounds of a form in a request. */
const LIMITS = { parts: 1000, headBytes: 8192, boundary: 70 }

const HEAD_END = Buffer.from('\r\n\r\n')
const NAME = /;\s*name="([^"\r\n]*)"/i
const FILENAME = /;\s*filename="([^"\r\n]*)"/i
const TYPE = /^content-type:[ \t]*(.*?)[ \t]*$/im
const DISPOSITION = /^content-disposition:[ \t]*form-data[ \t]*;/im

/**
 * Finds the parts of multipart/form-data (RFC 7578) and says for each, on six lines: name, '1' for a
 * file, its name, its type, and where its content begins and ends. Refuses what is malformed.
 */
export function formParts(boundary: string, bytes: Uint8Array): string {
  // RFC 2046, 5.1.1. The search takes the length of the body times that of the boundary.
  if (boundary.length > LIMITS.boundary) throw malformed('a boundary that is too long')
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const lines: (string | number)[] = []
  let at = firstDelimiter(body, delimiter)
  while (!isLast(body, at)) {
    if (lines.length >= 6 * LIMITS.parts) throw malformed(`more than ${LIMITS.parts} parts`)
    const start = afterLine(body, at)
    const headEnd = body.indexOf(HEAD_END, start - 2)
    if (headEnd < 0 || headEnd - start > LIMITS.headBytes) throw malformed('a head without an end')
    const content = headEnd + HEAD_END.length
    const end = body.indexOf(Buffer.concat([CRLF, delimiter]), content - 2)
    if (end < 0) throw malformed('a part without an end')
    lines.push(...headLines(body.toString('utf8', start, headEnd)), content, Math.max(content, end))
    at = end + CRLF.length + delimiter.length
  }
  return lines.join('\n')
}

const CRLF = Buffer.from('\r\n')

/** Where the first delimiter ends; it stands at the start or after a line. */
function firstDelimiter(body: Buffer, delimiter: Buffer): number {
  if (body.subarray(0, delimiter.length).equals(delimiter)) return delimiter.length
  const at = body.indexOf(Buffer.concat([CRLF, delimiter]))
  if (at < 0) throw malformed('no boundary')
  return at + CRLF.length + delimiter.length
}

function isLast(body: Buffer, at: number): boolean {
  return body.toString('latin1', at, at + 2) === '--'
}

/** Behind a delimiter there may be blanks, and then its line ends. */
function afterLine(body: Buffer, at: number): number {
  let end = at
  while (body[end] === 0x20 || body[end] === 0x09) end += 1
  if (body.toString('latin1', end, end + 2) !== '\r\n')
    throw malformed('a boundary without its line')
  return end + 2
}

function headLines(head: string): string[] {
  const disposition = head.split('\r\n').find((line) => DISPOSITION.test(line))
  const name = disposition && NAME.exec(disposition)?.[1]
  if (disposition === undefined || name === undefined) throw malformed('a part without a name')
  const filename = FILENAME.exec(disposition)?.[1]
  if (filename === undefined) return [name, '', '', '']
  const type = TYPE.exec(head)?.[1] ?? 'application/octet-stream'
  return [name, '1', filename, type.replaceAll('\n', ' ')]
}

function malformed(what: string): Error {
  return refusal('TypeError', `malformed form data: ${what}`)
}
