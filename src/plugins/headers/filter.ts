import type { Exchange, Head, Sink } from 'gateway/plugin'
import type { Addition } from './add-header.ts'
import type { Expires } from './expires.ts'
import { setExpires } from './set-expires.ts'

/** Fields are added to these alone, unless `always` says otherwise (as in nginx). */
const SAFE: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

/** What the directives of this plugin say in one place. */
export interface HeadersConfig {
  readonly add_header: readonly Addition[]
  readonly expires: Expires
}

/** Changes the head only; the body passes by. */
export function headers(x: Exchange, next: Sink, config: HeadersConfig): Sink {
  if (x.parent) return next
  const head = x.head as Head
  const safe = SAFE.has(head.status)
  if (safe && config.expires.kind !== 'off') setExpires(x, head, config.expires)
  for (const addition of config.add_header) {
    if (safe || addition.always) addition.apply(head, addition.value?.render(x) ?? '')
  }
  return next
}
