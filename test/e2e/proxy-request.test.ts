import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** A gateway whose one server has these locations; `%%ORIGIN%%` is the origin's address. */
async function gatewayTo(locations: string, more = '') {
  const origin = await httpOrigin()
  const yaml = `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
${more}
      location:
${locations}
`.replaceAll('%%ORIGIN%%', origin.address)
  const gateway = await startGateway({ yaml })
  return { gateway, origin, port: gateway.port() }
}

test('maps URIs as nginx does', async () => {
  const { origin, port } = await gatewayTo(`
        /: { proxy_pass: http://%%ORIGIN%% }
        /with/: { proxy_pass: http://%%ORIGIN%%/other/ }
        /bare: { proxy_pass: http://%%ORIGIN%%/ }
        /args/: { proxy_pass: "http://%%ORIGIN%%/fixed?x=1" }
        = /exact: { proxy_pass: http://%%ORIGIN%%/elsewhere }
        ~ ^/regex/(.*)$: { proxy_pass: http://%%ORIGIN%% }
        /var/: { proxy_pass: "http://%%ORIGIN%%/v$uri?$args" }
        /space/: { proxy_pass: "http://%%ORIGIN%%$uri" }
        /first/: { return: 418, error_page: 418 =200 @named }
        "@named": { proxy_pass: http://%%ORIGIN%% }
        /page/: { return: 418, error_page: "418 =200 /elsewhere?a" }
`)
  const mapped = {
    '/a/../b%20c?d=%2F': '/a/../b%20c?d=%2F',
    '//double//slash': '//double//slash',
    '/with/x%20y?z': '/other/x%20y?z',
    '/with/%C3%A9': '/other/%C3%A9',
    '/bare': '/',
    '/barely/x': '/ly/x',
    '/args/x': '/fixed?x=1x',
    '/exact?q': '/elsewhere?q',
    '/regex/a%2Fb': '/regex/a%2Fb',
    '/var/x?y': '/v/var/x?y',
    '/x?': '/x?',
    '/with/x?': '/other/x',
    '/first/a%2Fb?c': '/first/a%2Fb?c',
    '/page/x': '/elsewhere?a',
    '/space/a%20b%0d%0aX:%20y': '/space/a%20b%0D%0AX:%20y',
  }
  for (const [target, wanted] of Object.entries(mapped)) {
    expect([target, (await get(port, target)).text]).toEqual([target, wanted])
  }
  expect(origin.errors).toEqual([])
})

test('an absolute-form target goes on as a path', async () => {
  const { port } = await gatewayTo('        /: { proxy_pass: http://%%ORIGIN%% }')
  expect((await get(port, 'http://example.com/a?b')).text).toBe('/a?b')
  expect((await get(port, 'http://example.com')).text).toBe('/')
})

test('writes the head of a request anew', async () => {
  const { gateway, origin, port } = await gatewayTo(`
        /:
          proxy_pass: http://%%ORIGIN%%
          proxy_set_header:
            - X-Real-IP $remote_addr
            - X-Forwarded-For $proxy_add_x_forwarded_for
            - X-Host $proxy_host:$proxy_port
            - X-Gone ""
            - X-Empty $arg_none
            - X-Uri $uri
`)
  gateway.expect('value of "X-Uri" has bytes no field may have')
  await once(
    port,
    'GET /a%0d%0ab HTTP/1.1\r\nhost: example.com\r\nX-Keep:  two  words \r\nx-gone: 1\r\nX-REAL-ip: 9.9.9.9\r\n' +
      'X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n' +
      'Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\n' +
      'Upgrade: websocket\r\nProxy-Connection: x\r\nExpect: nothing\r\nCookie: a=b\r\n\r\n',
  )
  const [seen] = origin.requests
  expect(seen?.headers.lines).toEqual([
    ['Host', origin.address],
    ['X-Real-IP', '127.0.0.1'],
    ['X-Forwarded-For', '1.1.1.1, 2.2.2.2, 127.0.0.1'],
    ['X-Host', `${origin.address}:${origin.port}`],
    ['X-Keep', 'two  words'],
    ['Cookie', 'a=b'],
  ])
}, 20_000)

test('inherits proxy_set_header as nginx does', async () => {
  const { origin, port } = await gatewayTo(
    `
        /: { proxy_pass: http://%%ORIGIN%% }
        /own/: { proxy_pass: http://%%ORIGIN%%, proxy_set_header: X-Own 1 }
`,
    '      proxy_set_header: [Host $host, Connection ""]',
  )
  await get(port, '/', { Host: 'example.com:81' })
  await get(port, '/own/', { Host: 'example.com' })
  expect(origin.requests.map((each) => each.headers.lines)).toEqual([
    [['Host', 'example.com']],
    [
      ['Host', origin.address],
      ['X-Own', '1'],
    ],
  ])
})

test('speaks HTTP/1.0 when told to', async () => {
  const { origin, port } = await gatewayTo(`
        /: { proxy_pass: http://%%ORIGIN%%, proxy_http_version: 1.0 }
`)
  await get(port, '/a')
  await once(port, request('POST /b', { 'Transfer-Encoding': 'chunked' }, '2\r\nhi\r\n0\r\n\r\n'))
  expect(origin.requests.map((each) => [each.version, each.headers.get('connection')])).toEqual([
    ['1.0', 'close'],
    ['1.0', 'close'],
  ])
  expect(origin.requests[1]?.headers.get('content-length')).toBe('2')
  expect(origin.accepted).toBe(2)
})

test('passes bodies of every framing and size', async () => {
  const { origin, port } = await gatewayTo('        /: { proxy_pass: http://%%ORIGIN%% }')
  const client = await connect(port)
  for (const size of [0, 1, 1000, 16_384, 16_385, 300_000]) {
    const body = 'x'.repeat(size)
    await client.exchange(request('POST /length', { 'Content-Length': String(size) }, body))
    const chunks = size === 0 ? '' : `${size.toString(16)}\r\n${body}\r\n`
    await client.exchange(
      request('PUT /chunks', { 'Transfer-Encoding': 'chunked' }, `${chunks}0\r\n\r\n`),
    )
  }
  expect(origin.requests.map((each) => each.body.length)).toEqual([
    0, 0, 1, 1, 1000, 1000, 16_384, 16_384, 16_385, 16_385, 300_000, 300_000,
  ])
  expect(origin.accepted).toBe(1)
})

test('a body over the limit is refused before a peer is asked', async () => {
  const { gateway, origin, port } = await gatewayTo(
    '        /: { proxy_pass: http://%%ORIGIN%%, client_max_body_size: 10 }',
  )
  gateway.expect('too large body')
  const long = await once(port, request('POST /', {}, 'x'.repeat(11)))
  expect(long.status).toBe(413)
  const chunked = await once(
    port,
    request('POST /', { 'Transfer-Encoding': 'chunked' }, 'b\r\nxxxxxxxxxxx\r\n0\r\n\r\n'),
  )
  expect(chunked.status).toBe(413)
  expect(origin.requests).toHaveLength(0)
})

test('proxy_pass with variables finds upstreams, addresses and names', async () => {
  const { gateway, origin, port } = await gatewayTo(
    `
        /: { proxy_pass: "http://$arg_to" }
        /uri/: { proxy_pass: "http://$arg_to/fixed" }
`,
    '',
  )
  const named = `localhost:${origin.port}`
  expect((await get(port, `/x?to=${origin.address}`)).text).toBe(`/x?to=${origin.address}`)
  expect((await get(port, `/uri/x?to=${origin.address}`)).text).toBe('/fixed')
  expect((await get(port, `/x?to=${named}`)).status).toBe(200)
  expect(origin.requests.map((each) => each.headers.get('host'))).toEqual([
    origin.address,
    origin.address,
    named,
  ])
  gateway.expect('invalid upstream', 'host not found', 'invalid URL', 'connect() failed')
  expect((await get(port, '/x?to=no-such-name.invalid')).status).toBe(502)
  expect((await get(port, '/x?to=:::')).status).toBe(500)
  expect((await get(port, '/x')).status).toBe(500)
}, 30_000)

test('reaches a unix socket', async () => {
  const origin = await httpOrigin()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: unix:%%DIR%%/inner.sock
      location: { /: { proxy_pass: "http://${origin.address}" } }
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: "http://unix:%%DIR%%/inner.sock" }
        /a/: { proxy_pass: "http://unix:%%DIR%%/inner.sock:/b/" }
        /none/: { proxy_pass: "http://unix:%%DIR%%/none.sock" }
`,
    expected: [
      /connect\(\) failed \(2: No such file or directory\).*upstream: "http:\/\/unix:.*none.sock/,
    ],
  })
  expect((await get(gateway.port(), '/x')).text).toBe('/x')
  expect((await get(gateway.port(), '/a/x')).text).toBe('/b/x')
  expect((await get(gateway.port(), '/none/')).status).toBe(502)
})
