import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { once, request } from '../harness/raw-client.ts'
import type { Response } from '../harness/response.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** An origin that answers with what the request asks for: fields, `Status` and a body. */
function obedient() {
  return httpOrigin(({ headers, method, target, body }) => {
    const wanted = headers.lines.flatMap(([name, value]) => {
      return /^want-/i.test(name) ? [[name.slice('want-'.length), value] as const] : []
    })
    const lines = wanted.filter(([name]) => name.toLowerCase() !== 'status')
    const status = Number(headers.get('want-status') ?? 200)
    if (target === '/inner-again') {
      return {
        headers: [
          ['X-Accel-Redirect', '/text/x.html'],
          ['Set-Cookie', 'b=2'],
          ['Cache-Control', 'two'],
        ],
        body: 'again',
      }
    }
    if (target.startsWith('/inner')) {
      return {
        headers: [
          ['X-Asked', `${method} ${target} ${body.toString()}`],
          ['Content-Type', 'text/inner'],
          ['Cache-Control', 'inner'],
        ],
        body: 'inner',
      }
    }
    return { status, headers: lines, body: headers.get('want-status') === '204' ? '' : 'the peer' }
  })
}

const conf = (origin: string) =>
  `
  log_format rate $limit_rate;
  server {
    listen 127.0.0.1:%%PORT_0%%;
    root %%DIR%%/files;
    error_page 404 /missing.html;
    location / {
      proxy_pass http://${origin};
      proxy_hide_header Set-Cookie;
      proxy_hide_header X-Hidden;
    }
    location /cookies/ { proxy_pass http://${origin}; proxy_cookie_path /in/ /out/; }
    location /ignoring/ {
      proxy_pass http://${origin};
      proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset Vary;
    }
    location /showing/ {
      proxy_pass http://${origin};
      proxy_pass_header X-Accel-Redirect; proxy_pass_header X-Accel-Buffering;
      proxy_pass_header X-Accel-Expires;
    }
    location /intercepting/ {
      proxy_pass http://${origin}; proxy_intercept_errors on; error_page 500 /five.txt;
    }
    location = /secret { internal; return 200 "secret $request_method $uri?$args"; }
    location /text/ { internal; default_type text/own; return 200 "text $request_method $uri?$args"; }
    location /ranges/ { internal; root %%DIR%%/files; expires 1h; }
    location /again/ { proxy_pass http://${origin}/inner-again; }
    location /inner/ { proxy_pass http://${origin}; }
    location /refused/ { internal; return 403; }
    location /moved/ { internal; return 302 /elsewhere; }
    location @named { add_header X-Limit $limit_rate; return 200 "named $request_method $uri?$args"; }
    location @peer { rewrite ^ /inner break; proxy_pass http://${origin}; }
    location /rate { proxy_pass http://${origin}; add_header X-Limit $limit_rate; }
    location ~ ^/(b|five|missing)\\. { internal; }
    location /charset { charset koi8-r; }
  }`

interface Case {
  readonly what: string
  readonly path?: string
  readonly method?: string
  readonly body?: string
  readonly wants: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

const FIELDS = {
  'Set-Cookie': 'a=1; path=/in/',
  'Content-Disposition': 'attachment',
  'Cache-Control': 'private',
  Expires: 'Sat, 21 Nov 2026 08:00:00 GMT',
  'Accept-Ranges': 'none',
  'Content-Type': 'text/peer',
  ETag: '"peer"',
  'Last-Modified': 'Sat, 21 Nov 2026 08:00:00 GMT',
  'X-Other': 'x',
  'X-Hidden': 'x',
  'Content-Encoding': 'br',
  Location: '/l',
}

function to(uri: string, more: Readonly<Record<string, string>> = {}) {
  return { 'X-Accel-Redirect': uri, ...more }
}

const CASES: readonly Case[] = [
  { what: 'to a file', wants: to('/ranges/a.html') },
  { what: 'to a file, by HEAD', method: 'HEAD', wants: to('/ranges/a.html') },
  { what: 'to a file, by POST', method: 'POST', body: 'x', wants: to('/ranges/a.html') },
  { what: 'to a file, with fields', wants: to('/ranges/a.html', FIELDS) },
  { what: 'to a file, with rewritten cookies', path: '/cookies/', wants: to('/b.txt', FIELDS) },
  { what: 'to a part of a file', wants: to('/b.txt'), headers: { Range: 'bytes=1-3' } },
  { what: 'to a named location', wants: to('@named') },
  { what: 'to a named location, by POST', method: 'POST', body: 'x', wants: to('@named', FIELDS) },
  { what: 'to a named location that is not there', wants: to('@nowhere') },
  { what: 'to another peer', wants: to('/inner/x?y=1', FIELDS) },
  { what: 'to another peer, by POST', method: 'POST', body: 'xyz', wants: to('/inner/x') },
  { what: 'to another peer, named, by PUT', method: 'PUT', body: 'xyz', wants: to('@peer') },
  { what: 'to an internal location', wants: to('/secret?a=b&c') },
  {
    what: 'to an answer with a type of its own',
    wants: to('/text/x.html', { 'Content-Type': 'text/peer' }),
  },
  {
    what: 'to another peer that leads elsewhere',
    wants: to('/again/', {
      'Set-Cookie': 'a=1',
      'Cache-Control': 'one',
      'Content-Type': 'text/one',
    }),
  },
  { what: 'in a circle', wants: to('/cookies/x') },
  { what: 'with arguments', wants: to('/text/a?b?c#d') },
  { what: 'with escapes', wants: to('/text/a%20b%3Fc%25/%C3%A4?d=%20') },
  { what: 'with an escaped slash', wants: to('/text%2Fa') },
  { what: 'with a space', wants: to('/text/a b') },
  { what: 'with a fragment', wants: to('/text/a#b') },
  { what: 'to a folder above', wants: to('/text/../secret') },
  { what: 'to a folder above, escaped', wants: to('/text/%2e%2e/secret') },
  { what: 'to a folder above, at the end', wants: to('/text/..') },
  { what: 'to a folder above, with the slash escaped', wants: to('/text/..%2fsecret') },
  { what: 'to dots that are a name', wants: to('/text/..a/.../b..') },
  { what: 'to a NUL', wants: to('/text/%00') },
  { what: 'to nothing', wants: to('?x') },
  { what: 'to a dot dot', wants: to('..') },
  { what: 'to what is not there', wants: to('/ranges/none', FIELDS) },
  { what: 'to a refusal', wants: to('/refused/', FIELDS) },
  { what: 'to a redirect', wants: to('/moved/', FIELDS) },
  { what: 'of an error', wants: to('/b.txt', { Status: '503' }) },
  { what: 'of a redirect', wants: to('/b.txt', { Status: '302' }) },
  {
    what: 'of an error that is intercepted',
    path: '/intercepting/',
    wants: to('/b.txt', { Status: '500' }),
  },
  { what: 'of a 204', wants: to('/b.txt', { Status: '204' }) },
  {
    what: 'ignored',
    path: '/ignoring/',
    wants: to('/b.txt', { 'X-Accel-Limit-Rate': '1', Vary: 'x' }),
  },
  { what: 'shown', path: '/showing/', wants: to('/b.txt') },
  {
    what: 'the others shown',
    path: '/showing/',
    wants: { 'X-Accel-Buffering': 'no', 'X-Accel-Expires': '10', 'X-Accel-Charset': 'koi8-r' },
  },
  {
    what: 'a rate',
    path: '/rate',
    wants: { 'X-Accel-Limit-Rate': '100000', 'X-Accel-Expires': '@1' },
  },
  { what: 'a rate that is none', path: '/rate', wants: { 'X-Accel-Limit-Rate': '100k' } },
  { what: 'a rate and a redirect', wants: to('@named', { 'X-Accel-Limit-Rate': '200000' }) },
  { what: 'no buffering', path: '/rate', wants: { 'X-Accel-Buffering': 'NO' } },
  {
    what: 'a charset',
    wants: { 'X-Accel-Charset': 'koi8-r', 'Content-Type': 'image/x' },
  },
  {
    what: 'a charset beside one',
    wants: { 'X-Accel-Charset': 'koi8-r', 'Content-Type': 'text/html; charset=utf-8' },
  },
  { what: 'a charset without a type', wants: { 'X-Accel-Charset': 'koi8-r' } },
  {
    what: 'a charset and a redirect',
    wants: to('/ranges/a.html', { 'X-Accel-Charset': 'koi8-r' }),
  },
  {
    what: 'a charset, a type and a redirect',
    wants: to('/ranges/a.html', { 'X-Accel-Charset': 'koi8-r', 'Content-Type': 'text/peer' }),
  },
]

/** An answer as far as both servers should agree on it. */
function seen(answer: Response) {
  const { headers } = answer
  const fields = headers.lines.flatMap(([name, value]) => {
    const lower = name.toLowerCase()
    if (['server', 'date', 'connection', 'last-modified', 'etag'].includes(lower)) return []
    if (lower === 'expires' && headers.all('cache-control')[0] === 'max-age=3600') return []
    if (lower === 'transfer-encoding' || lower === 'content-length') return []
    // Of the file that is served: nginx lets what the peer said of its own answer stand beside it.
    const ranges = headers.all('accept-ranges')
    if (lower === 'accept-ranges' && value === 'none' && ranges.includes('bytes')) return []
    return [`${lower}: ${value.replace(/:\d{5}\//, ':PORT/')}`]
  })
  const text = answer.status < 300 || answer.text.includes('page') ? answer.text : ''
  return { status: answer.status, fields: [...new Set(fields)].sort(), text }
}

function lay(dir: string): void {
  mkdirSync(`${dir}/files/ranges`, { recursive: true })
  writeFileSync(`${dir}/files/ranges/a.html`, '<p>a file</p>')
  writeFileSync(`${dir}/files/b.txt`, 'another file')
  writeFileSync(`${dir}/files/five.txt`, 'the page of 500')
  writeFileSync(`${dir}/files/missing.html`, 'the page of 404')
}

test.skipIf(nginxMissing())(
  'a peer steers as it steers nginx',
  async () => {
    const origin = await obedient()
    const text = conf(origin.address)
    const ours = await startGateway({
      yaml: `http: ${asYaml(text.replace('log_format rate $limit_rate;', '').replace('charset koi8-r;', ''))}`,
      expected: [/redirection cycle|unsafe URI|could not find named|No such file|forbidden/],
    })
    const theirs = await nginx(text)
    lay(ours.dir)
    lay(theirs.dir)
    for (const { what, path = '/', method = 'GET', body = '', wants, headers = {} } of CASES) {
      const asked = Object.fromEntries(
        Object.entries(wants).map(([key, value]) => [`Want-${key}`, value]),
      )
      const bytes = request(
        `${method} ${path}`,
        { ...asked, ...headers, Connection: 'close' },
        body,
      )
      const [one, other] = [await once(ours.port(), bytes), await once(theirs.port(0), bytes)]
      expect.soft({ what, ...seen(one) }).toEqual({ what, ...seen(other) })
    }
  },
  60_000,
)
