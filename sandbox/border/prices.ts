import { isAscii } from 'node:buffer'
import type { Crossing } from './crossing.ts'
import { BodyOp, CryptoOp, HtmlOp, RecordOp, TextOp, UrlOp } from './ops.ts'

/**
 * What the host's own work for a call costs in fuel, beside the call itself: known from what
 * crosses, so that it is paid before it is done, and the same on every machine. Figures are the
 * slowest input that was found for an op, at 250 units a microsecond; see decision 0011. Sessions
 * that know only afterwards what they did have a budget instead; see host/request-budget.ts.
 */
export function priceOf(op: number, a: Crossing, b: Crossing, c: Crossing): number {
  if (op < BodyOp.text) return 0
  return PRICES.get(op)?.(a, b, c) ?? 0
}

type Price = (a: Crossing, b: Crossing, c: Crossing) => number

/** By op. Units for a character or a byte, and for what does not depend on the length. */
const PRICES: ReadonlyMap<number, Price> = new Map<number, Price>([
  [BodyOp.multipart, (_, form) => 0.2 * length(form) + Math.min(6 * length(form), MOST_PARTS)],
  [UrlOp.parse, (url, base) => urlPrice(url) + urlPrice(base)],
  [UrlOp.set, (url, _, value) => 2 * urlPrice(url) + urlPrice(value)],
  [TextOp.encode, (text) => length(text) * (isPlain(text) ? 0.3 : 1)],
  [TextOp.decode, (encoding, bytes) => decodingPrice(encoding, bytes)],
  [TextOp.encodingName, () => 100],
  [TextOp.btoa, (text) => 0.3 * length(text)],
  [TextOp.atob, (text) => 1.5 * length(text)],
  [TextOp.badField, (text, count) => length(text) + 12 * amount(count)],
  [CryptoOp.randomBytes, (count) => 500 + 0.1 * amount(count)],
  [CryptoOp.randomUuid, () => 200],
  [HtmlOp.checkSelector, (selector) => 1000 + 30 * Math.min(length(selector), MOST_SELECTOR)],
  // All selectors of a rewriter are in it.
  [HtmlOp.open, (spec) => 2000 + 50 * length(spec)],
  [HtmlOp.insert, (_, _place, content) => 300 + 4 * length(content)],
  [HtmlOp.setAttribute, (_, name, value) => 300 + 4 * (length(name) + length(value))],
  [RecordOp.headers, () => 6000],
  [RecordOp.head, () => 5000],
  [RecordOp.value, () => 500],
  [RecordOp.remember, (name, text) => 350 + 0.05 * (length(name) + length(text))],
  [RecordOp.capture, (groups, named) => jsonPrice(groups, 65) + jsonPrice(named, 65)],
  [RecordOp.respond, (head, body) => headPrice(head) + 0.3 * length(body)],
  [RecordOp.finish, (_, head) => headPrice(head)],
  [RecordOp.open, (head) => headPrice(head)],
  [RecordOp.write, (bytes) => 0.2 * length(bytes)],
  [RecordOp.end, (trailers) => jsonPrice(trailers, 30)],
  [RecordOp.usable, (_, tried) => 15 * length(tried)],
  [RecordOp.turn, (peers, tried) => 1000 + 15 * (length(peers) + length(tried))],
])

/** Characters of a selector that is read at all. */
const MOST_SELECTOR = 1024
/** A thousand parts of a form. */
const MOST_PARTS = 260_000

function length(value: Crossing): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
}

/** A number that a guest has named. One that is none must not make a call cheaper. */
function amount(value: Crossing): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

/** A host name in other than plain letters is dear, and may stand behind an escape. */
function urlPrice(url: Crossing): number {
  if (typeof url !== 'string') return 0
  return DEAR_URL.test(url) ? 3000 + 31 * url.length : 200 + url.length
}

function isPlain(text: Crossing): boolean {
  return typeof text === 'string' && !NOT_ASCII.test(text)
}

const NOT_ASCII = /[^\0-\x7f]/
const DEAR_URL = /[^\0-\x7f]|%|xn--/i

function decodingPrice(encoding: Crossing, bytes: Crossing): number {
  if (encoding !== 'utf-8') return 6 * length(bytes)
  return bytes instanceof Uint8Array ? bytes.length * (isAscii(bytes) ? 0.2 : 1.4) : 0
}

/** What is in the JSON of a head without fields. */
const PLAIN_HEAD = 700

function headPrice(head: Crossing): number {
  return Math.max(150, jsonPrice(head, 30) - PLAIN_HEAD)
}

/** JSON is dear by what is in it: a text costs so much a quotation mark. */
function jsonPrice(json: Crossing, aQuote: number): number {
  if (typeof json !== 'string') return 0
  let price = 0.7 * json.length
  for (let i = 0; i < json.length; i++) {
    const character = json.charCodeAt(i)
    if (character === QUOTE) price += aQuote
    else if (STRUCTURE.has(character)) price += 16
  }
  return price
}

const QUOTE = 34
/** What holds values, and what stands between them. */
const STRUCTURE: ReadonlySet<number> = new Set([...'[{,'].map((each) => each.charCodeAt(0)))
