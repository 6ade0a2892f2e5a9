import type { Exchange, Head, Sink } from 'gateway/plugin'
import type { Addition } from './add-header.ts'
import type { Trailer } from './add-trailer.ts'
import type { Expires } from './expires.ts'
import { setExpires } from './set-expires.ts'
import { mayHaveTrailers, withTrailers } from './trailer-sink.ts'

/** Fields are added to these alone, unless `always` says otherwise (as in nginx). */
const SAFE: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

/** What the directives of this plugin say in one place. */
export interface HeadersConfig {
  readonly headers: readonly Addition[]
  readonly trailers: readonly Trailer[]
  readonly expires: Expires
}

/** Changes the head only; the body passes by, unless something is to stand behind it. */
export function headers(x: Exchange, next: Sink, config: HeadersConfig): Sink {
  if (x.parent) return next
  const head = x.head as Head
  const safe = SAFE.has(head.status)
  if (safe && config.expires.kind !== 'off') setExpires(x, head, config.expires)
  for (const addition of config.headers) {
    if (safe || addition.always) addition.apply(head, addition.value?.render(x) ?? '')
  }
  const trailers = config.trailers.filter(({ always }) => safe || always)
  return trailers.length > 0 && mayHaveTrailers(x, head) ? withTrailers(x, next, trailers) : next
}
