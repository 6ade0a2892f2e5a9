import type { Exchange } from 'gateway/plugin'

/** Where the slices of a client's request are. */
export interface Slicing {
  readonly size: number
  /** Where the slice begins that is asked for. */
  start: number
  /** The entity tag of those that came; all are of one version. */
  etag: string | undefined
}

/** Beyond it, numbers are not exact. */
const MOST = Number.MAX_SAFE_INTEGER

const known = new WeakMap<Exchange, Slicing>()

/** What is known of a request whose `$slice_range` was asked for. */
export function slicingOf(x: Exchange): Slicing | undefined {
  return known.get(x)
}

/** The value of `$slice_range`, which has a request asked for in slices from then on. */
export function rangeOf(x: Exchange): string | undefined {
  const slicing = known.get(x.parent ?? x) ?? begun(x)
  return slicing && `bytes=${slicing.start}-${slicing.start + slicing.size - 1}`
}

/** As in nginx, only a client's own request is sliced. One that changes something is not repeated. */
function begun(x: Exchange): Slicing | undefined {
  const size = (x.location.configs.get('slice') as { readonly slice: number } | undefined)?.slice
  if (!size || x.parent || x.head || (x.method !== 'GET' && x.method !== 'HEAD')) return undefined
  const first = firstOf(x)
  const start = first - (first % size)
  const slicing = { size, start: start > MOST - size ? 0 : start, etag: undefined }
  known.set(x, slicing)
  return slicing
}

/** The first byte a client asks for; 0 where that depends on the length, or on a condition. */
function firstOf({ headers }: Exchange): number {
  if (headers.get('if-range') !== undefined) return 0
  const first = Number(/^bytes= *(\d+)[^,]*$/i.exec(headers.get('range') ?? '')?.[1] ?? 0)
  return first <= MOST ? first : 0
}
