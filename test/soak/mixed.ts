import { gunzipSync } from 'node:zlib'
import { type Answer, type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { RawClient, request } from '../harness/raw-client.ts'
import type { Response } from '../harness/response.ts'

/** Requests of each kind have an answer that shows whose it is. */
const KINDS = ['return', 'static', 'proxy', 'chunked', 'gzip', 'missing', 'post', 'upload'] as const
type Kind = (typeof KINDS)[number]

const FILE = 'static '.repeat(1500)
const PROSE = 'words that are said again and again '.repeat(300)

/** Files of the workspace the mixed requests ask for. */
export const MIXED_FILES = { 'files/static/file.txt': FILE, 'files/gzip/prose.html': PROSE }

/** The locations they ask; `upstream` is the address of a `mixedOrigin`. */
export const mixedLocations = (upstream: string) => `
        /return: { return: '200 "return $arg_id"' }
        /static/: { root: %%DIR%%/files }
        /gzip/: { root: %%DIR%%/files, gzip: on }
        /missing: { root: %%DIR%%/files, log_not_found: off }
        /proxy: { proxy_pass: http://${upstream} }
`

/** The origin behind `/proxy`: echoes what it was asked. */
export function mixedOrigin(): Promise<HttpOrigin> {
  return httpOrigin(({ method, target, body }): Answer => {
    const text = `${method} ${target} ${body.length}`
    return target.includes('chunked') ? { chunks: [text, ' in', ' chunks'] } : { body: text }
  })
}

/**
 * Sends `count` requests of mixed kind over `connections` connections, each used for 40 requests,
 * and returns what was wrong with them.
 */
export async function mixedRequests(
  port: number,
  count: number,
  connections: number,
): Promise<string[]> {
  const complaints: string[] = []
  let started = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (started < count && complaints.length < 20) {
        const client = await RawClient.open(port)
        try {
          for (let i = 0; i < 40 && started < count; i++) {
            const id = started++
            const kind = KINDS[id % KINDS.length] as Kind
            const wrong = fault(kind, id, await client.exchange(bytesOf(kind, id)))
            if (wrong !== undefined) complaints.push(`${kind} ${id}: ${wrong}`)
          }
        } catch (error) {
          complaints.push(String(error))
        }
        client.destroy()
      }
    }),
  )
  return complaints
}

function bytesOf(kind: Kind, id: number): string {
  switch (kind) {
    case 'return':
      return request(`GET /return?id=${id}`)
    case 'static':
      return request('GET /static/file.txt')
    case 'proxy':
      return request(`GET /proxy?id=${id}`)
    case 'chunked':
      return request(`GET /proxy?chunked=${id}`)
    case 'gzip':
      return request('GET /gzip/prose.html', { 'Accept-Encoding': 'gzip' })
    case 'missing':
      return request(`GET /missing/${id}`)
    case 'post':
      return request(`POST /proxy?id=${id}`, {}, 'x'.repeat(id % 3000))
    case 'upload': {
      const chunk = `${(1 + (id % 3000)).toString(16)}\r\n${'y'.repeat(1 + (id % 3000))}\r\n`
      const framing = { 'Transfer-Encoding': 'chunked' }
      return request(`POST /proxy?id=${id}`, framing, `${chunk}0\r\n\r\n`)
    }
  }
}

function fault(kind: Kind, id: number, { status, text, body }: Response): string | undefined {
  const wanted = kind === 'missing' ? 404 : 200
  if (status !== wanted) return `status ${status}`
  switch (kind) {
    case 'return':
      return text === `return ${id}` ? undefined : text
    case 'static':
      return text === FILE ? undefined : `${text.length} bytes`
    case 'proxy':
      return text === `GET /proxy?id=${id} 0` ? undefined : text
    case 'chunked':
      return text === `GET /proxy?chunked=${id} 0 in chunks` ? undefined : text
    case 'gzip':
      return gunzipSync(body).toString() === PROSE ? undefined : 'other text'
    case 'missing':
      return text.includes('404') ? undefined : text
    case 'post':
      return text === `POST /proxy?id=${id} ${id % 3000}` ? undefined : text
    case 'upload':
      return text === `POST /proxy?id=${id} ${1 + (id % 3000)}` ? undefined : text
  }
}
