import { UrlOp } from '../border/ops.ts'
import { PIECE, type Piece } from '../border/url-pieces.ts'
import { invalidUrl } from './errors.ts'
import { host } from './host.ts'
import { PlainString, split } from './primordials.ts'
import { onChange, refill, URLSearchParams } from './url-search-params.ts'

/** A URL as it is parsed (WHATWG URL); parsing is the host's, the pieces are kept here. */
export class URL {
  #pieces: readonly string[]
  #searchParams: URLSearchParams | undefined

  constructor(url: string | URL, base?: string | URL) {
    const pieces = parse(url, base)
    if (pieces === undefined) throw invalidUrl(PlainString(url))
    this.#pieces = pieces
  }

  static canParse(url: string | URL, base?: string | URL): boolean {
    return parse(url, base) !== undefined
  }

  static parse(url: string | URL, base?: string | URL): URL | null {
    return parse(url, base) === undefined ? null : new URL(url, base)
  }

  get searchParams(): URLSearchParams {
    if (this.#searchParams === undefined) {
      this.#searchParams = new URLSearchParams(this.#get('search'))
      onChange(this.#searchParams, (query) => this.#write('search', query))
    }
    return this.#searchParams
  }

  toString(): string {
    return this.#get('href')
  }

  toJSON(): string {
    return this.#get('href')
  }

  #get(piece: Piece): string {
    return this.#pieces[PIECE[piece]] as string
  }

  #set(piece: Piece, value: unknown): void {
    this.#write(piece, PlainString(value))
    if (this.#searchParams !== undefined && (piece === 'search' || piece === 'href')) {
      refill(this.#searchParams, this.#get('search'))
    }
  }

  #write(piece: Piece, value: string): void {
    const answer = host(UrlOp.set, this.#get('href'), piece, value) as string | undefined
    if (answer === undefined) throw invalidUrl(value)
    this.#pieces = split(answer, '\n')
  }

  static {
    for (const piece of Object.keys(PIECE) as Piece[]) {
      Object.defineProperty(URL.prototype, piece, {
        get(this: URL) {
          return this.#get(piece)
        },
        ...(piece !== 'origin' && {
          set(this: URL, value: unknown) {
            this.#set(piece, value)
          },
        }),
        enumerable: true,
        configurable: true,
      })
    }
  }
}

/** A URL, serialized; undefined where it is none. */
export function resolveUrl(url: string): string | undefined {
  return parse(url, undefined)?.[PIECE.href]
}

function parse(url: unknown, base: unknown): readonly string[] | undefined {
  const from = base === undefined ? undefined : PlainString(base)
  const pieces = host(UrlOp.parse, PlainString(url), from) as string | undefined
  return pieces === undefined ? undefined : split(pieces, '\n')
}
