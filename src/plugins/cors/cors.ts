import type { Exchange, Head, Sink } from 'gateway/plugin'
import type { Origins } from './origins.ts'

/** What a place allows pages of other origins. */
export interface Cors {
  readonly origins: Origins
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly credentials: 'with' | 'without'
  /** Milliseconds. */
  readonly maxAge: number
}

/** Whether pages of this origin may ask. */
export function allowed(origin: string, { origins }: Cors): boolean {
  return origins === 'any' || origins.allows(origin)
}

/** Whether a request is the question that browsers ask before another one. */
export function isPreflight({ headers, method }: Exchange): boolean {
  const asks = headers.get('access-control-request-method') !== undefined
  return method === 'OPTIONS' && asks && headers.get('origin') !== undefined
}

/** Tells the browser that it may; what a peer has said of it counts no more. */
export function answer(x: Exchange, next: Sink, cors: Cors): Sink {
  if (x.parent) return next
  const head = x.head as Head
  for (const name of FIELDS) head.fields.delete(name)
  const origin = x.headers.get('origin')
  if (origin !== undefined && allowed(origin, cors)) {
    allow(head, origin, cors)
    if (cors.exposed.length > 0 && !isPreflight(x)) {
      head.fields.set('Access-Control-Expose-Headers', cors.exposed.join(', '))
    }
    return next
  }
  // What is kept on the way must not be given to another origin.
  if (cors.origins !== 'any') addVary(head, 'Origin')
  return next
}

const FIELDS = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
]

function allow(head: Head, origin: string, { origins, credentials }: Cors): void {
  head.fields.set('Access-Control-Allow-Origin', origins === 'any' ? '*' : origin)
  if (origins !== 'any') addVary(head, 'Origin')
  if (credentials === 'with') head.fields.set('Access-Control-Allow-Credentials', 'true')
}

/** Adds a name to Vary, unless it is there. */
export function addVary({ fields }: Head, name: string): void {
  const said = fields.all('vary').flatMap((each) => each.toLowerCase().split(/[ ,]+/))
  if (!said.includes(name.toLowerCase()) && !said.includes('*')) fields.add('Vary', name)
}
