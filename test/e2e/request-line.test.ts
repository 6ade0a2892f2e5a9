import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  large_client_header_buffers: 4 1k
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: first
      location:
        /:
          return: 200 "$uri?$args host=$host"
    - listen: 127.0.0.1:%%PORT%%
      server_name: second.example
      location:
        /:
          return: 200 "second $uri"
    - listen: 127.0.0.1:%%PORT_1%%
      merge_slashes: off
      location:
        /:
          return: 200 $uri
`

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({ yaml: YAML })
})

describe('a malformed request line', () => {
  test.each([
    ['no target', 'GET\r\nHost: x\r\n\r\n'],
    ['no method', ' / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a method with a control', 'G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a method with brackets', 'G(T) / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a target without a slash', 'GET index.html HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an encoded NUL in the target', 'GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a broken escape', 'GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a cut escape', 'GET /a% HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a way out of the root', 'GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an encoded way out of the root', 'GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a bare CR', 'GET /\r HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a TLS hello', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n'],
    ['only rubbish', '\xff\xfe\xfd\r\n\r\n'],
  ])('with %s is 400 and the end of the connection', async (_, bytes) => {
    const client = await connect(gateway.port())
    const response = await client.exchange(bytes)
    expect(response.status).toBe(400)
    expect(response.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
  })

  test('is one line at info in the error log', async () => {
    await once(gateway.port(), 'GET marked-target HTTP/1.1\r\nHost: x\r\n\r\n')
    await gateway.logged(/\[info\].*client sent invalid.*client: 127\.0\.0\.1/)
  })
})

describe('the length of a request line', () => {
  test('may fill one large buffer', async () => {
    const response = await once(gateway.port(), request(`GET /${'a'.repeat(900)}`))
    expect(response.status).toBe(200)
  })

  test('beyond one large buffer is 414', async () => {
    const client = await connect(gateway.port())
    expect((await client.exchange(request(`GET /${'a'.repeat(1100)}`))).status).toBe(414)
    expect(await client.ending()).toBe('end')
  })

  test('is bounded before the line has an end', async () => {
    const client = await connect(gateway.port())
    expect((await client.exchange(`GET /${'a'.repeat(5000)}`)).status).toBe(414)
  })
})

describe('what comes before a request line', () => {
  test('may be an empty line', async () => {
    expect((await once(gateway.port(), `\r\n${request('GET /')}`, { method: 'GET' })).status).toBe(
      200,
    )
  })
})

describe('bare LF', () => {
  test('ends lines of a head', async () => {
    const response = await once(gateway.port(), 'GET /lf HTTP/1.1\nHost: x\n\n')
    expect(response).toMatchObject({ status: 200, text: '/lf? host=x' })
  })
})

describe('a target', () => {
  test.each([
    ['/a/b?c=d', '/a/b?c=d'],
    ['/a//b///c', '/a/b/c?'],
    ['/a/./b/../c', '/a/c?'],
    ['/a/b/..', '/a/?'],
    ['/a/.', '/a/?'],
    ['/%61%2Fb', '/a/b?'],
    ['/a%20b', '/a b?'],
    ['/a?x=%61//../', '/a?x=%61//../'],
    ['/a#fragment', '/a?'],
    ['/a?b#c', '/a?b'],
    ['/?', '/?'],
    ['/...', '/...?'],
    ['/a..b/.c', '/a..b/.c?'],
    ['/%C3%A9', '/\u00e9?'],
  ])('%s is taken as %s', async (target, expected) => {
    const response = await once(gateway.port(), request(`GET ${target}`, { Host: 'h' }))
    expect(response).toMatchObject({ status: 200, text: `${expected} host=h` })
  })

  test('keeps its slashes when merge_slashes is off', async () => {
    expect((await once(gateway.port(1), request('GET /a//b'))).text).toBe('/a//b')
  })
})

describe('an absolute target', () => {
  test('selects by its own host, whatever Host says', async () => {
    const response = await once(
      gateway.port(),
      request('GET http://second.example/x?y', { Host: 'first' }),
    )
    expect(response.text).toBe('second /x')
  })

  test('may have a port, no path, or only arguments', async () => {
    const port = gateway.port()
    expect((await once(port, request('GET http://second.example:81/p'))).text).toBe('second /p')
    expect((await once(port, request('GET http://second.example'))).text).toBe('second /')
    expect((await once(port, request('GET http://h.example?a=b'))).text).toBe(
      '/?a=b host=h.example',
    )
  })

  test.each(['http://', 'http:///x', 'http:/x', '://x/', 'ht_tp://x/', 'http://a b/'])(
    '%s is 400',
    async (target) => {
      expect((await once(gateway.port(), request(`GET ${target}`))).status).toBe(400)
    },
  )
})

test('a request split at every byte is read all the same', async () => {
  const bytes = request('GET /split/%41?x=1', { 'X-Long': 'value' })
  for (let at = 1; at < bytes.length; at++) {
    const client = await connect(gateway.port())
    await client.send(bytes.slice(0, at))
    await new Promise((resolve) => setImmediate(resolve))
    expect((await client.exchange(bytes.slice(at))).text).toBe('/split/A?x=1 host=localhost')
    client.destroy()
  }
})
