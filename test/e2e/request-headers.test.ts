import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { origin } from '../harness/origin.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  large_client_header_buffers: 4 1k
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          return: 200 "a=$http_x_a under=$http_x_under"
    - listen: 127.0.0.1:%%PORT_1%%
      underscores_in_headers: on
      max_headers: 5
      location:
        /:
          return: 200 "under=$http_x_under"
    - listen: 127.0.0.1:%%PORT_2%%
      ignore_invalid_headers: off
      location:
        /:
          proxy_pass: http://%%ORIGIN%%
`

let gateway: Gateway

beforeAll(async () => {
  const backend = await origin(async (peer) => {
    const head = (await peer.incoming.until('\r\n\r\n')).toString()
    await peer.answer(head.match(/^X.*$/m)?.[0].trim() ?? '')
  })
  gateway = await startGateway({ yaml: YAML.replace('%%ORIGIN%%', backend.address) })
})

describe('a header line', () => {
  test.each([
    ['X-A: 1', 'a=1 under='],
    ['x-a:1', 'a=1 under='],
    ['X-A: \t 1 2 \t', 'a=1 2 under='],
    ['X-A:', 'a= under='],
    ['X-A: a:b', 'a=a:b under='],
  ])('"%s" is read', async (line, expected) => {
    const response = await once(gateway.port(), `GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`)
    expect(response).toMatchObject({ status: 200, text: expected })
  })

  test.each([
    ['a space before the colon', 'X-A : 1'],
    ['a tab before the colon', 'X-A\t: 1'],
    ['no colon', 'X-A'],
    ['no name', ': 1'],
    ['a fold', 'X-A: 1\r\n 2'],
    ['a fold by tab', 'X-A: 1\r\n\t2'],
    ['a NUL in its value', 'X-A: 1\x002'],
    ['a NUL in its name', 'X\0A: 1'],
    ['a bare CR in its value', 'X-A: 1\r2'],
    ['a bare CR at its start', '\rX-A: 1'],
    ['a space in its name', 'X A: 1'],
  ])('with %s is 400', async (_, line) => {
    const client = await connect(gateway.port())
    const response = await client.exchange(`GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`)
    expect(response.status).toBe(400)
    expect(await client.ending()).toBe('end')
  })
})

describe('Host', () => {
  test.each([
    ['twice', 'Host: a\r\nHost: a'],
    ['with a space', 'Host: a b'],
    ['with a slash', 'Host: a/b'],
    ['with a NUL', 'Host: a\0b'],
    ['of two dots', 'Host: a..b'],
    ['that names none', 'Host:'],
    ['with a port beyond all', 'Host: a:65536'],
    ['of an address and a dot', 'Host: [::1].'],
    ['with userinfo', 'Host: u@h/'],
  ])('%s is 400', async (_, lines) => {
    expect((await once(gateway.port(), `GET / HTTP/1.1\r\n${lines}\r\n\r\n`)).status).toBe(400)
  })

  test.each(['[::1]', '[::1]:8080', 'example.com:80', 'EXAMPLE.com', 'example.com.'])(
    '%s is accepted',
    async (host) => {
      expect((await once(gateway.port(), request('GET /', { Host: host }))).status).toBe(200)
    },
  )
})

describe('a field that means something only once', () => {
  test.each([
    'If-Match',
    'If-None-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
    'If-Range',
    'Content-Range',
    'Authorization',
    'Expect',
  ])('%s is 400 where it stands twice, whatever it says', async (name) => {
    const ask = (lines: string) => once(gateway.port(), `GET / HTTP/1.1\r\nHost: x\r\n${lines}\r\n`)
    expect((await ask(`${name}: a\r\n`)).status).not.toBe(400)
    expect((await ask(`${name}: a\r\nX-A: 1\r\n${name.toUpperCase()}: a\r\n`)).status).toBe(400)
  })

  test('is told from others that are as long', async () => {
    const lines = 'Host: x\r\nIf-Match: *\r\nIf-Range: a\r\nX-Abcdef: 1\r\nX-Abcdef: 1\r\n'
    expect((await once(gateway.port(), `GET / HTTP/1.1\r\n${lines}\r\n`)).status).not.toBe(400)
  })
})

describe('names with other characters', () => {
  test('are ignored, underscores too', async () => {
    const lines = 'Host: x\r\nX_Under: 1\r\nX.Dot: 1\r\n'
    const response = await once(gateway.port(), `GET / HTTP/1.1\r\n${lines}\r\n`)
    expect(response).toMatchObject({ status: 200, text: 'a= under=' })
  })

  test('with underscores are read when underscores_in_headers is on', async () => {
    const response = await once(gateway.port(1), request('GET /', { X_Under: '1' }))
    expect(response.text).toBe('under=1')
  })

  test('that are no token are kept when ignore_invalid_headers is off', async () => {
    const response = await once(gateway.port(2), request('GET /', { 'X(A)': '1' }))
    expect(response).toMatchObject({ status: 200, text: 'X(A): 1' })
  })
})

describe('limits', () => {
  test('a line beyond one large buffer is 400', async () => {
    const client = await connect(gateway.port())
    const long = request('GET /', { 'X-A': 'a'.repeat(1100) })
    expect((await client.exchange(long)).status).toBe(400)
    expect(await client.ending()).toBe('end')
  })

  test('a line is bounded before it has an end', async () => {
    const endless = `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(5000)}`
    expect((await once(gateway.port(), endless)).status).toBe(400)
  })

  test('a head beyond all large buffers is 400', async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`X-${i}`, 'a'.repeat(600)]),
    )
    expect((await once(gateway.port(), request('GET /', headers))).status).toBe(400)
  })

  test('a head of several lines within them is served', async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 4 }, (_, i) => [`X-${i}`, 'a'.repeat(700)]),
    )
    expect((await once(gateway.port(), request('GET /', headers))).status).toBe(200)
  })

  test('max_headers lines are served, one more is 400', async () => {
    const lines = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, '1']))
    expect((await once(gateway.port(1), request('GET /', lines(4)))).status).toBe(200)
    expect((await once(gateway.port(1), request('GET /', lines(5)))).status).toBe(400)
  })
})
