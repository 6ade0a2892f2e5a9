/** A response in the cache. Times that last are in seconds. */
export interface Stored {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** When it came, in milliseconds since 1970. */
  readonly at: number
  /** How old it was then. */
  readonly age: number
  /** How old it may become. */
  readonly lasts: number
  /** The key of its body. */
  readonly body: string
}

/** Final statuses that a cache understands without knowing more (RFC 9111, section 3). */
const STATUSES = new Set([200, 203, 301, 308, 404, 410])
/** Fields of one connection (RFC 9110, section 7.6.1), or made anew for each answer. */
const NOT_STORED = new Set(
  'connection keep-alive proxy-authenticate te trailer transfer-encoding upgrade age date'.split(
    ' ',
  ),
)
/** The longest time anything is kept, in seconds. */
const LONGEST = 86_400

/**
 * Whether a shared cache may use a response again (RFC 9111, section 3). Stricter than it has to be:
 * nothing is stored without a time it lasts, nothing that sets a cookie, nothing that would have to be
 * validated before it is used.
 */
export function mayStore(answer: Response): boolean {
  const { headers, status } = answer
  const control = directives(headers.get('cache-control'))
  if (!STATUSES.has(status) || headers.has('set-cookie')) return false
  if (['no-store', 'private', 'no-cache'].some((name) => control.has(name))) return false
  if (/\*/.test(headers.get('vary') ?? '')) return false
  const { age, lasts } = freshness(answer)
  return lasts > age
}

/** How old a response is, and how old it may become, in seconds (section 4.2). */
export function freshness({ headers }: Response): { readonly age: number; readonly lasts: number } {
  const control = directives(headers.get('cache-control'))
  const age = seconds(headers.get('age') ?? undefined)
  for (const name of ['s-maxage', 'max-age']) {
    if (control.has(name)) return { age, lasts: Math.min(LONGEST, seconds(control.get(name))) }
  }
  const until = Date.parse(headers.get('expires') ?? '')
  const made = Date.parse(headers.get('date') ?? '')
  const lasts = Math.floor((until - (Number.isNaN(made) ? Date.now() : made)) / 1000)
  // An Expires that is no date, as "0", is in the past.
  return { age, lasts: lasts > 0 ? Math.min(LONGEST, lasts) : 0 }
}

/** The request fields a response depends on, sorted (section 4.1). */
export function selecting({ headers }: Response): string[] {
  const names = (headers.get('vary') ?? '').toLowerCase().split(',')
  // Some who compress forget to say so.
  if (headers.has('content-encoding')) names.push('accept-encoding')
  return [...new Set(names.map((name) => name.trim()))].filter((name) => name !== '').sort()
}

/** The fields that are stored with a response. */
export function storedFields({ headers }: Response): [name: string, value: string][] {
  const own = (headers.get('connection') ?? '').toLowerCase().split(/[\s,]+/)
  return [...headers].filter(([name]) => !NOT_STORED.has(name) && !own.includes(name))
}

/** Of one that is there twice, the first counts; `max-age="5"` is `max-age=5`. */
function directives(text: string | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', value = ''] of (text ?? '').matchAll(
    /([\w-]+)(?:=("[^"]*"|[^,\s]*))?/g,
  )) {
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value.replaceAll('"', ''))
  }
  return found
}

/** What is no number counts as 0: then a response is stale at once. */
function seconds(text: string | undefined): number {
  return /^\d{1,10}$/.test(text ?? '') ? Number(text) : 0
}
