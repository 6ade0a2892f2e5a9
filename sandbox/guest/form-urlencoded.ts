import { decodeUtf8WithMark, encodeUtf8 } from './utf8.ts'

type Pair = [string, string]

const ESCAPED = /%[0-9A-Fa-f]{2}/
const PLAIN = /^[\w*.-]*$/
const BYTES = /%([0-9A-Fa-f]{2})|[^%]+|%/g

/** Names and values of a query (WHATWG URL, "application/x-www-form-urlencoded parsing"). */
export function parseQuery(query: string): Pair[] {
  const pairs: Pair[] = []
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const at = piece.indexOf('=')
    const name = at < 0 ? piece : piece.slice(0, at)
    pairs.push([decoded(name), at < 0 ? '' : decoded(piece.slice(at + 1))])
  }
  return pairs
}

/** The query of names and values ("application/x-www-form-urlencoded serializing"). */
export function writeQuery(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!ESCAPED.test(spaced)) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return decodedBytes(spaced)
  }
}

/** What decodeURIComponent refuses: bytes that are no UTF-8, and percent signs that escape nothing. */
function decodedBytes(text: string): string {
  const bytes: number[] = []
  for (const [run, hex] of text.matchAll(BYTES)) {
    if (hex === undefined) bytes.push(...encodeUtf8(run))
    else bytes.push(Number.parseInt(hex, 16))
  }
  return decodeUtf8WithMark(Uint8Array.from(bytes))
}

function encoded(text: string): string {
  if (PLAIN.test(text)) return text
  return encodeURIComponent(text).replace(/%20|[!'()~]/g, encodedMore)
}

/** encodeURIComponent leaves these as they are, and knows no plus. */
function encodedMore(part: string): string {
  if (part === '%20') return '+'
  return `%${part.charCodeAt(0).toString(16).toUpperCase()}`
}
