import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const DATE = 'Sat, 21 Nov 2026 08:00:00 GMT'
const BODY = '0123456789'.repeat(20)

function stubborn() {
  return httpOrigin(({ target }) => {
    const headers: [string, string][] = [
      ['Accept-Ranges', 'none'],
      ['ETag', '"e"'],
      ['Last-Modified', DATE],
    ]
    if (target.endsWith('chunks')) return { headers, chunks: [BODY] }
    if (target.endsWith('missing')) return { status: 404, headers, body: BODY }
    return { headers, body: BODY }
  })
}

const conf = (origin: string) => `server {
  listen 127.0.0.1:%%PORT_0%%;
  proxy_http_version 1.1;
  location / { proxy_pass http://${origin}; }
  location /forced/ { proxy_pass http://${origin}; proxy_force_ranges on; }
}`

const RANGES: readonly Readonly<Record<string, string>>[] = [
  {},
  { Range: 'bytes=0-4' },
  { Range: 'bytes=-3' },
  { Range: 'bytes=195-' },
  { Range: 'bytes=200-' },
  { Range: 'bytes=x' },
  { Range: 'bytes=1-2', 'If-Range': '"e"' },
  { Range: 'bytes=1-2', 'If-Range': '"f"' },
  { Range: 'bytes=1-2', 'If-Range': DATE },
  { Range: 'bytes=1-2', 'If-Range': 'Sat, 21 Nov 2026 08:00:01 GMT' },
]

test.skipIf(nginxMissing())(
  'ranges of a peer’s answers are those of nginx',
  async () => {
    const text = conf((await stubborn()).address)
    const ours = await startGateway({ yaml: `http: ${asYaml(text)}` })
    const theirs = await nginx(text)
    for (const path of ['/', '/forced/', '/forced/chunks', '/forced/missing', '/chunks']) {
      for (const headers of RANGES) {
        for (const method of ['GET', 'HEAD']) {
          const bytes = request(`${method} ${path}`, { ...headers, Connection: 'close' })
          const both = [await once(ours.port(), bytes), await once(theirs.port(0), bytes)]
          const [one, other] = both.map(({ status, headers, text }) => ({
            asked: [method, path, headers],
            status,
            ranges: headers.all('accept-ranges'),
            range: headers.get('content-range'),
            dates: headers.all('last-modified'),
            // The page of a 416 has another name in it.
            text: status === 416 ? '' : text,
          }))
          const asked = [method, path, headers]
          expect({ ...one, asked }).toEqual({ ...other, asked })
        }
      }
    }
  },
  60_000,
)

test('several ranges are served, too', async () => {
  const origin = await stubborn()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${origin.address}", proxy_force_ranges: on } }
`,
  })
  const answer = await get(gateway.port(), '/', { Range: 'bytes=1-2,11-13' })
  expect(answer.status).toBe(206)
  expect(answer.headers.get('content-type')).toMatch(/^multipart\/byteranges/)
  expect(answer.text).toMatch(/bytes 1-2\/200\r\n\r\n12\r\n.*bytes 11-13\/200\r\n\r\n123\r\n/s)
}, 60_000)
