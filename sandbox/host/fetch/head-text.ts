import { badFetchRequest } from '../errors.ts'
import { parseUrl } from '../parse-url.ts'
import type { FetchLimits } from './fetch-limits.ts'
import type { FetchAnswer, FetchRequest, RedirectMode } from './fetcher.ts'
import { Upload } from './upload.ts'

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/
/** A tunnel, and echoes of what was sent (Fetch standard, "forbidden method"). */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])
const REDIRECT_MODES: readonly string[] = ['follow', 'error', 'manual'] satisfies RedirectMode[]
const LONGEST_URL = 16 * 1024

/** How a request's body crosses: there as a whole, or written piece by piece. */
export type CrossedBody = Uint8Array | 'stream' | undefined

/**
 * Reads the head of a request as it crosses, lines of method, URL, redirect mode, and then of name
 * and value in turns: no part of a head can hold a line feed. Throws where it is none.
 */
export function parseHead(text: string, body: CrossedBody, limits: FetchLimits): FetchRequest {
  if (text.length > LONGEST_URL + limits.headerBytes) throw badFetchRequest('a head too large')
  const [method = '', href = '', redirect = '', ...flat] = text.split('\n')
  if (!METHOD.test(method) || FORBIDDEN_METHODS.has(method.toUpperCase())) {
    throw badFetchRequest('method not allowed')
  }
  if (!REDIRECT_MODES.includes(redirect)) throw badFetchRequest('unknown redirect mode')
  if (flat.length % 2 !== 0) throw badFetchRequest('a header without a value')
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw badFetchRequest(`${method} with a body`)
  }
  return {
    method,
    url: parseTarget(href),
    redirect: redirect as RedirectMode,
    fields: Array.from({ length: flat.length / 2 }, (_, i) => {
      return [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']
    }),
    body: body === 'stream' ? new Upload(limits.requestBody) : body,
  }
}

/** The head of an answer as it crosses: status, text, URL, redirected or not, then the fields, names in lower case. */
export function formatHead(answer: FetchAnswer): string {
  const { status, statusText, url, redirected, fields } = answer
  const start = [String(status), statusText, url, redirected ? 'redirected' : '']
  for (const [name, value] of fields) start.push(name.toLowerCase(), value)
  return start.join('\n')
}

function parseTarget(href: string): URL {
  const url = href.length > LONGEST_URL ? undefined : parseUrl(href)
  if (!url) throw badFetchRequest('no absolute URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badFetchRequest('only http and https can be fetched')
  }
  if (url.username !== '' || url.password !== '') throw badFetchRequest('a URL with credentials')
  return url
}
