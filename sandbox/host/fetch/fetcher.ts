import type { Fields } from './fields.ts'
import type { Upload } from './upload.ts'

/** What becomes of an answer that redirects; the names are the Fetch standard's. */
export type RedirectMode = 'follow' | 'error' | 'manual'

/** One request of a script, checked as far as its own text goes. */
export interface FetchRequest {
  readonly method: string
  readonly url: URL
  readonly fields: Fields
  /** Bytes that can be sent again after a redirect, or a stream that cannot. */
  readonly body: Uint8Array | Upload | undefined
  readonly redirect: RedirectMode
}

/** The answer to it; its body is read piece by piece. */
export interface FetchAnswer {
  readonly status: number
  readonly statusText: string
  /** Where it came from in the end. */
  readonly url: string
  readonly redirected: boolean
  readonly fields: Fields
  /** Undefined where an answer cannot have one: to a HEAD, with 204, 205, 304. */
  readonly body: FetchedBody | undefined
}

/** The body of an answer; whoever reads it says how fast it comes. */
export interface FetchedBody {
  /** Whether all of it was read: there is nothing left to cancel. */
  readonly isEnded: boolean
  /** The next piece, or undefined at the end. One read at a time. */
  read(): Promise<Uint8Array | undefined>
  /** Nobody reads the rest. */
  cancel(): void
}

/** What a fetch has of the run it belongs to. */
export interface FetchContext {
  readonly signal: AbortSignal
  /** Counts one more request sent; throws when the run has none left. */
  count(): void
}

/** Something that can be fetched from: the hosts of `egress`, or a bound upstream. */
export interface Fetcher {
  fetch(request: FetchRequest, context: FetchContext): Promise<FetchAnswer>
}
