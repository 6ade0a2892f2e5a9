import type { Buffer } from 'node:buffer'
import { ChunkedDecoder } from '../wire/http1/chunked.ts'
import type { Fields } from '../wire/http1/fields.ts'
import type { ResponseHead } from '../wire/http1/response-head.ts'

/** How the body of an answer ends. */
type Framing = 'none' | 'length' | 'chunked' | 'close'

/** The body of one answer, found in what is read piece by piece. */
export class Http1Body {
  /** The body's bytes in the piece fed last: from `start`, before `end`. */
  start = 0
  end = 0
  /** Whether the body is complete. */
  done = false
  /** Whether nothing followed the complete body. */
  clean = false
  readonly #framing: Framing
  /** Bytes still to come under a Content-Length. */
  #left: number
  readonly #chunked: ChunkedDecoder | undefined

  /** `request`: what was asked, as it was sent. */
  constructor(head: ResponseHead, request: string) {
    this.#framing = framingOf(head, request)
    this.#left = head.length ?? 0
    this.#chunked = this.#framing === 'chunked' ? new ChunkedDecoder() : undefined
  }

  /** Whether the end of the connection is the end of the body. */
  get endsWithClose(): boolean {
    return this.#framing === 'close'
  }

  /** What is wrong with it, as a lower-case fragment. */
  get invalid(): string | undefined {
    return this.#chunked?.invalid
  }

  get trailers(): Fields | undefined {
    return this.#chunked?.trailers
  }

  /** Reads `memory[at]`…`memory[size]`; chunks are moved together in there. */
  feed(memory: Buffer, at: number, size: number): void {
    let next = size
    this.start = at
    switch (this.#framing) {
      case 'none':
        this.end = at
        next = at
        this.done = true
        break
      case 'length':
        next = Math.min(size, at + this.#left)
        this.end = next
        this.#left -= next - at
        this.done = this.#left === 0
        break
      case 'chunked': {
        const chunked = this.#chunked as ChunkedDecoder
        next = chunked.feed(memory, at, size)
        this.start = chunked.start
        this.end = chunked.end
        this.done = chunked.done
        break
      }
      case 'close':
        this.end = size
    }
    this.clean = next === size
  }
}

function framingOf(head: ResponseHead, request: string): Framing {
  if (request.startsWith('HEAD ') || head.status === 204 || head.status === 304) return 'none'
  if (head.chunked) return 'chunked'
  return head.length === undefined ? 'close' : 'length'
}
