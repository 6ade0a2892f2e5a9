import { fetchRedirectRefused } from '../errors.ts'
import { parseUrl } from '../parse-url.ts'
import type { FetchRequest } from './fetcher.ts'
import { type Fields, fieldOf, without } from './fields.ts'
import { Upload } from './upload.ts'

const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** What speaks of a body that is no longer sent (Fetch standard, "request-body-header name"). */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
])
/** What one origin was told in confidence and another must not see. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie'])

/** Where an answer sends its reader, or undefined where it does not. Throws where it cannot. */
export function redirectTarget(from: URL, status: number, fields: Fields): URL | undefined {
  const location = STATUSES.has(status) ? fieldOf(fields, 'location') : undefined
  if (location === undefined) return undefined
  // Values are bytes; a URL that was sent as UTF-8 is read as such, like browsers do.
  const text = Buffer.from(location, 'latin1').toString()
  const target = parseUrl(text, from.href)
  if (!target) throw fetchRedirectRefused('redirected to what is no URL')
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw fetchRedirectRefused('redirected to what is not http')
  }
  if (target.username !== '' || target.password !== '') {
    throw fetchRedirectRefused('redirected to a URL with credentials')
  }
  if (target.hash === '') target.hash = from.hash
  return target
}

/** The request that follows a redirect, as the Fetch standard rewrites it ("HTTP-redirect fetch"). */
export function redirected(request: FetchRequest, status: number, target: URL): FetchRequest {
  const dropsBody = becomesGet(request.method, status)
  if (!dropsBody && request.body instanceof Upload) {
    throw fetchRedirectRefused('redirected after the body was streamed')
  }
  let { fields } = request
  if (dropsBody) fields = without(fields, OF_THE_BODY)
  if (target.origin !== request.url.origin) fields = without(fields, CREDENTIALS)
  if (!dropsBody) return { ...request, fields, url: target }
  return { ...request, fields, url: target, method: 'GET', body: undefined }
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
