import { isAscii } from 'node:buffer'
import type { Crossing } from './crossing.ts'
import { BodyOp, CompressionOp, CryptoOp, HtmlOp, KvOp, TextOp, UrlOp } from './ops.ts'

/**
 * What the host's own work for a call costs in fuel, beside the call itself: known from what
 * crosses, so that it is paid before it is done, and the same on every machine. Figures are the
 * slowest input that was found for an op, at 250 units a microsecond; see decision 0011.
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
  [TextOp.encode, (text) => length(text)],
  [TextOp.decode, (encoding, bytes) => decodingPrice(encoding, bytes)],
  [TextOp.encodingName, () => 100],
  [TextOp.btoa, (text) => 0.3 * length(text)],
  [TextOp.atob, (text) => 1.5 * length(text)],
  [CompressionOp.open, () => 25_000],
  [CompressionOp.push, () => 2500],
  [CompressionOp.pull, () => 2500],
  [CryptoOp.randomBytes, (count) => 500 + (typeof count === 'number' ? 0.1 * count : 0)],
  [CryptoOp.randomUuid, () => 200],
  [CryptoOp.subtle, (text, data) => 5000 + 2 * length(text) + 2 * Math.min(length(data), AT_ONCE)],
  [KvOp.get, () => 1500],
  [KvOp.put, (_, head, value) => 4500 + 0.5 * (length(head) + length(value))],
  [KvOp.delete, () => 4500],
  [KvOp.list, (_, text) => 1500 + 500 * listed(text)],
  [HtmlOp.open, (spec) => 2500 + 10 * length(spec)],
  [HtmlOp.push, (_, piece) => 4 * length(piece)],
])

/** A thousand parts of a form. */
const MOST_PARTS = 260_000
/** What `crypto.subtle` digests without a thread, in bytes. */
const AT_ONCE = 16_384
/** Entries of a page of a list. */
const MOST_LISTED = 1000

function length(value: Crossing): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
}

/** A host name in other than plain letters is dear, and may stand behind an escape. */
function urlPrice(url: Crossing): number {
  if (typeof url !== 'string') return 0
  return DEAR_URL.test(url) ? 3000 + 31 * url.length : 200 + url.length
}

const DEAR_URL = /[^\0-\x7f]|%|xn--/i

function decodingPrice(encoding: Crossing, bytes: Crossing): number {
  if (encoding !== 'utf-8') return 6 * length(bytes)
  return bytes instanceof Uint8Array ? bytes.length * (isAscii(bytes) ? 0.2 : 1.4) : 0
}

function listed(text: Crossing): number {
  const limit = typeof text === 'string' ? Number.parseInt(text, 10) : 0
  return Math.min(Math.max(limit, 0) || 0, MOST_LISTED)
}
