import type { Crossing } from '../border/crossing.ts'
import { UrlOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { PIECE, type Piece } from '../border/url-pieces.ts'
import { badCall, textOf } from './arguments.ts'
import { parseUrl } from './parse-url.ts'

/** Longer ones are refused; the host's parser is not interrupted by a limit of the guest. */
const LONGEST_URL = 64 * 1024

const PIECES = Object.keys(PIECE) as Piece[]

/** URLs for the guest (96–127), parsed by Node's WHATWG URL. */
export function urlOp(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
  switch (op) {
    case UrlOp.parse:
      return parse(bounded(a), b === undefined ? undefined : bounded(b))
    case UrlOp.set:
      return set(bounded(a), textOf(b, 'piece'), bounded(c))
    default:
      throw badCall('op')
  }
}

function parse(url: string, base: string | undefined): string | undefined {
  const parsed = parseUrl(url, base)
  return parsed && lines(parsed)
}

function set(href: string, piece: string, value: string): string | undefined {
  if (!PIECES.includes(piece as Piece) || piece === 'origin') throw badCall('piece')
  const url = parseUrl(href)
  if (!url) throw badCall('url')
  if (piece === 'href') return parse(value, undefined)
  url[piece as Exclude<Piece, 'origin'>] = value
  return lines(url)
}

function lines(url: URL): string {
  return PIECES.map((piece) => url[piece]).join('\n')
}

function bounded(value: Crossing): string {
  const text = textOf(value, 'url')
  if (text.length > LONGEST_URL) {
    throw refusal('RangeError', `a URL of more than ${LONGEST_URL} characters`)
  }
  return text
}
