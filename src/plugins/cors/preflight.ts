import {
  type Awaitable,
  type Exchange,
  Head,
  isToken,
  trimBlanks,
  type Verdict,
} from 'gateway/plugin'
import { addVary, allowed, type Cors, isPreflight } from './cors.ts'

const NO_CONTENT = 204
/** Fields a page may want to send; with more it is refused. */
const MOST_FIELDS = 64

/**
 * Answers the question browsers ask before a request (Fetch, section 4.8). It comes without
 * credentials, so it is answered before anybody checks them.
 */
export function preflight(x: Exchange, cors: Cors): Awaitable<Verdict> {
  if (!isPreflight(x)) return 'next'
  const origin = x.headers.get('origin') ?? ''
  const method = x.headers.get('access-control-request-method') ?? ''
  const fields = x.headers.get('access-control-request-headers')
  const refusal = refusalOf(cors, origin, method, fields)
  if (refusal !== undefined) {
    x.log('info', `preflight from "${origin}" refused: ${refusal}`)
    return 403
  }
  const head = new Head(NO_CONTENT)
  addVary(head, 'Access-Control-Request-Method')
  addVary(head, 'Access-Control-Request-Headers')
  head.fields.set('Access-Control-Allow-Methods', cors.methods.join(', '))
  const headers = cors.headers.includes('*') ? fields : cors.headers.join(', ')
  if (headers) head.fields.set('Access-Control-Allow-Headers', headers)
  const age = Math.floor(cors.maxAge / 1000)
  if (age > 0) head.fields.set('Access-Control-Max-Age', String(age))
  return x.respond(head)
}

function refusalOf(
  cors: Cors,
  origin: string,
  method: string,
  fields: string | undefined,
): string | undefined {
  if (!allowed(origin, cors)) return 'the origin is not allowed'
  if (!cors.methods.includes('*') && !cors.methods.includes(method)) {
    return `the method "${method}" is not allowed`
  }
  const names = (fields ?? '').split(',').map(trimBlanks).filter(Boolean)
  if (names.length > MOST_FIELDS) return 'too many fields'
  const known = cors.headers.map((name) => name.toLowerCase())
  const wrong = names.find((name) => {
    return !isToken(name) || !(known.includes('*') || known.includes(name.toLowerCase()))
  })
  return wrong === undefined ? undefined : `the field "${wrong}" is not allowed`
}
