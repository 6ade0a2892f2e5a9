import type { Fields } from '../../wire/http1/fields.ts'

/** What a peer answered, as far as variables ask for it. */
export interface Answered {
  /** All values of a field as the peer sent it, hidden ones too; `name` in lower case. */
  original(name: string): string[]
  /** Trailer fields, once they were read. */
  readonly trailers: Fields | undefined
}

/** Who made an attempt: knows the URL that was asked for. */
export interface Asker {
  url(peer: string): string
}

/** One try of one peer: what `$upstream_*` variables and the error log tell of it. */
export class Attempt {
  /** The peer's name, or the upstream's when no peer could be chosen; `` for a group's end. */
  readonly peer: string
  readonly startedAt: number
  /** Status of the answer, or the status the failure stands for (502, 504); 0 while unknown. */
  status = 0
  /** Milliseconds from the start of the attempt; undefined while not reached. */
  connectTime: number | undefined = undefined
  headerTime: number | undefined = undefined
  responseTime: number | undefined = undefined
  bytesSent = 0
  bytesReceived = 0
  /** Bytes of the answer's body (`$upstream_response_length`). */
  bodyReceived = 0
  answer: Answered | undefined = undefined
  readonly #asker: Asker | undefined

  constructor(peer: string, startedAt: number, asker: Asker | undefined) {
    this.peer = peer
    this.startedAt = startedAt
    this.#asker = asker
  }

  /** What was asked for: `http://10.0.0.1:8080/x`. */
  get url(): string {
    return this.#asker?.url(this.peer) ?? ''
  }
}

/** Stands between the attempts of two locations of one request: the variables show a colon. */
export function groupEnd(now: number): Attempt {
  return new Attempt('', now, undefined)
}
