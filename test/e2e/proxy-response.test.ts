import { expect, test } from 'vitest'
import { type Answer, httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { origin } from '../harness/origin.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** A gateway in front of an origin that answers everything alike. */
async function answering(answer: Answer, directives = '', more = '') {
  const backend = await httpOrigin(() => answer)
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
${more}
      location:
        /: { proxy_pass: "http://${backend.address}"${directives} }
        /one/: { proxy_pass: "http://${backend.address}/two/"${directives} }
        /error: { internal: on, return: 200 "the error page" }
`,
  })
  return { gateway, port: gateway.port(), backend }
}

const HEADERS: Answer['headers'] = [
  ['Date', 'yesterday'],
  ['Server', 'origin'],
  ['X-Accel-Expires', '10'],
  ['X-Pad', 'x'],
  ['X-Powered-By', 'x'],
  ['Set-Cookie', 'a=1'],
  ['Set-Cookie', 'b=2'],
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Connection', 'x'],
  ['Content-Type', 'text/plain'],
  ['Last-Modified', 'Sat, 21 Nov 2026 08:00:00 GMT'],
  ['ETag', '"x"'],
]

test('passes the fields of an answer, and none that are about its connection', async () => {
  const { port } = await answering({ headers: HEADERS, body: 'hello' })
  const got = await get(port, '/')
  expect(got.text).toBe('hello')
  expect(got.reason).toBe('Answer')
  const names = got.headers.lines.map(([name]) => name.toLowerCase())
  expect(names.sort()).toEqual([
    'connection',
    'content-length',
    'content-type',
    'date',
    'etag',
    'last-modified',
    'server',
    'set-cookie',
    'set-cookie',
    'x-powered-by',
  ])
  expect(got.headers.get('server')).toMatch(/^gateway/)
  expect(got.headers.get('date')).not.toBe('yesterday')
  expect(got.headers.all('set-cookie')).toEqual(['a=1', 'b=2'])
  expect(got.headers.get('last-modified')).toBe('Sat, 21 Nov 2026 08:00:00 GMT')
})

test('leaves conditions to the peer that knows what it answers', async () => {
  const { port, backend } = await answering({ headers: [['ETag', '"new"']], body: 'done' })
  const put = await once(port, request('PUT /', { 'If-Match': '"old"' }, 'x'))
  expect([put.status, put.text]).toEqual([200, 'done'])
  const fetched = await get(port, '/', { 'If-None-Match': '"new"', Range: 'bytes=0-1' })
  expect([fetched.status, fetched.text]).toEqual([200, 'done'])
  expect(backend.requests[1]?.headers.get('if-none-match')).toBe('"new"')
  expect(backend.requests[1]?.headers.get('range')).toBe('bytes=0-1')
})

test('proxy_hide_header and proxy_pass_header', async () => {
  const { port } = await answering(
    { headers: HEADERS, body: 'hello' },
    ', proxy_hide_header: [x-powered-by, ETag], proxy_pass_header: [Server, Date, x-pad]',
  )
  const { headers } = await get(port, '/')
  expect(headers.all('server')).toEqual(['origin'])
  expect(headers.all('date')).toEqual(['yesterday'])
  expect(headers.get('x-pad')).toBe('x')
  expect(headers.get('x-powered-by')).toBeUndefined()
  expect(headers.get('etag')).toBeUndefined()
})

test('passes chunks on, re-framed for each client', async () => {
  const { port } = await answering({ chunks: ['hel', 'lo', '!'.repeat(70_000)] })
  const body = `hello${'!'.repeat(70_000)}`
  const modern = await get(port, '/')
  expect([modern.framing.kind, modern.text]).toEqual(['chunked', body])
  const old = await once(port, 'GET / HTTP/1.0\r\n\r\n')
  expect([old.framing.kind, old.text]).toEqual(['close', body])
})

test('answers HEAD, 204 and 304 without a body, over one connection', async () => {
  const statuses = [200, 204, 304, 200]
  const backend = await httpOrigin((each) => ({
    status: Number(each.target.slice(1)),
    body: 'hello',
  }))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}" } }
`,
  })
  const client = await connect(gateway.port())
  const answers = await client.pipeline(
    statuses.map((status, i) => request(`${i === 0 ? 'HEAD' : 'GET'} /${status}`)),
  )
  expect(answers.map((each) => [each.status, each.text])).toEqual([
    [200, ''],
    [204, ''],
    [304, ''],
    [200, 'hello'],
  ])
  expect(answers[0]?.headers.get('content-length')).toBe('5')
  expect(answers[1]?.headers.get('content-length')).toBeUndefined()
  expect(backend.accepted).toBe(1)
})

test('proxy_redirect default puts the location back', async () => {
  const backend = await httpOrigin((each) => ({
    status: 301,
    headers: [
      ['Location', `http://${backend.address}${each.target}x`],
      ['Refresh', `5; url=http://${backend.address}${each.target}`],
    ],
  }))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: "http://${backend.address}" }
        /one/: { proxy_pass: "http://${backend.address}/two/" }
        /off/: { proxy_pass: "http://${backend.address}/two/", proxy_redirect: off }
        /rule/:
          proxy_pass: "http://${backend.address}/two/"
          proxy_redirect: ["http://nowhere/ /never/", "~^http://([^/]+)/two/(.*) https://$host/$1/$2", "http:// ftp://"]
        /var/:
          proxy_pass: "http://${backend.address}/two/"
          proxy_redirect: [ "http://$proxy_host/ http://$host:81/" ]
`,
  })
  const at = async (path: string) => {
    const { headers } = await get(gateway.port(), path, { Host: 'example.com' })
    return [headers.get('location'), headers.get('refresh')]
  }
  const port = gateway.port()
  expect(await at('/a')).toEqual([`http://example.com:${port}/ax`, '5; url=/a'])
  expect(await at('/one/a')).toEqual([`http://example.com:${port}/one/ax`, '5; url=/one/a'])
  expect(await at('/off/a')).toEqual([
    `http://${backend.address}/two/ax`,
    `5; url=http://${backend.address}/two/a`,
  ])
  expect((await at('/rule/a'))[0]).toBe(`https://example.com/${backend.address}/ax`)
  expect((await at('/var/a'))[0]).toBe('http://example.com:81/two/ax')
})

test.skipIf(nginxMissing())(
  'a regex of proxy_redirect replaces all of the URL, as in nginx',
  async () => {
    const backend = await httpOrigin((each) => ({
      status: 302,
      headers: [
        ['Location', `http://two/three${each.target}`],
        ['Refresh', `5; url=http://two/three${each.target}`],
      ],
    }))
    const text = `server {
    listen 127.0.0.1:%%PORT_0%%;
    location / {
      proxy_pass http://${backend.address};
      proxy_redirect ~^/none /n;
      proxy_redirect ~three/(a+) http://$1/;
      proxy_redirect ~*THREE/(b) /$1;
      proxy_redirect http://two/ http://four/;
    }
  }`
    const ours = await startGateway({ yaml: `http: ${asYaml(text)}` })
    const theirs = await nginx(text)
    for (const path of ['/aab', '/bcd', '/cde']) {
      const both = [await get(ours.port(), path), await get(theirs.port(0), path)]
      const [one, other] = both.map(({ headers }) => [
        headers.get('location')?.replace(/:\d+/, ''),
        headers.get('refresh'),
      ])
      expect([path, one]).toEqual([path, other])
    }
  },
)

test('proxy_intercept_errors shows the error page', async () => {
  const { port, backend } = await answering(
    { status: 404, body: 'the origin’s own page', headers: [['WWW-Authenticate', 'x']] },
    ', proxy_intercept_errors: on, error_page: [404 /error, 503 /error]',
  )
  const got = await get(port, '/')
  expect([got.status, got.text]).toEqual([404, 'the error page'])
  const { port: other } = await answering(
    { status: 404, body: 'own' },
    ', proxy_intercept_errors: on, error_page: 503 /error',
  )
  expect((await get(other, '/')).text).toBe('own')
  expect(backend.requests).toHaveLength(1)
})

test('an unbuffered answer passes piece by piece', async () => {
  let goOn!: () => void
  const gate = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const backend = await origin(async (peer) => {
    await peer.request()
    await peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
    await gate
    await peer.send('6\r\nsecond\r\n0\r\n\r\n')
  })
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}", proxy_buffering: off } }
`,
  })
  const client = await connect(gateway.port())
  await client.send(request('GET /'))
  expect((await client.incoming.until('first\r\n')).toString()).toContain('200 OK')
  goOn()
  expect((await client.incoming.until('0\r\n\r\n')).toString()).toContain('second')
})

test('shows what became of the attempts', async () => {
  const good = await httpOrigin(() => ({
    body: 'hello',
    headers: [
      ['X-Kind', 'a'],
      ['Set-Cookie', 'who=me; Path=/'],
      ['Server', 'hidden'],
    ],
  }))
  const gateway = await startGateway({
    yaml: `
http:
  upstream:
    two: { server: ["127.0.0.1:1", "${good.address}"] }
  log_format: up "$upstream_addr|$upstream_status|$upstream_response_length|$upstream_http_x_kind|$upstream_http_server|$upstream_cookie_who|$upstream_response_time|$upstream_connect_time|$upstream_header_time|$upstream_bytes_sent|$upstream_bytes_received"
  access_log: access.log up
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: "http://two" }
        /page/: { proxy_pass: "http://127.0.0.1:1", error_page: 502 @other }
        "@other": { proxy_pass: "http://${good.address}" }
        /none: { return: 204 }
`,
    expected: ['connect() failed'],
  })
  for (const path of ['/', '/page/', '/none']) await get(gateway.port(), path)
  await expect.poll(() => gateway.accessLog().trimEnd().split('\n').length).toBe(3)
  const [first, second, third] = gateway
    .accessLog()
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'))
  const time = /^\d+\.\d{3}$/
  expect(first?.slice(0, 6)).toEqual([
    `127.0.0.1:1, ${good.address}`,
    '502, 200',
    '0, 5',
    'a',
    'hidden',
    'me',
  ])
  expect(first?.[6]?.split(', ').every((each) => time.test(each))).toBe(true)
  expect(first?.[7]).toMatch(/^-, \d\.\d{3}$/)
  expect(first?.[8]).toMatch(/^-, \d\.\d{3}$/)
  expect(first?.[9]).toMatch(/^0, [1-9]\d+$/)
  expect(first?.[10]).toMatch(/^0, [1-9]\d+$/)
  expect(second?.[0]).toBe(`127.0.0.1:1 : ${good.address}`)
  expect(second?.[1]).toBe('502 : 200')
  expect(third).toEqual(new Array(11).fill('-'))
})
