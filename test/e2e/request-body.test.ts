import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway
let backend: HttpOrigin

beforeAll(async () => {
  backend = await httpOrigin((each) => ({ body: `${each.body.length}:${each.body}` }))
  gateway = await startGateway({
    yaml: `
http:
  client_max_body_size: 100
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          proxy_pass: http://${backend.address}
        /ignore:
          return: 200 ignored
        /large:
          client_max_body_size: 0
          proxy_pass: http://${backend.address}
`,
  })
})

const chunked = (chunks: string, path = '/') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`

describe('a body', () => {
  test('of known length is passed on', async () => {
    expect((await once(gateway.port(), request('POST /', {}, 'hello'))).text).toBe('5:hello')
  })

  test('in chunks is passed on, extensions and trailers read and dropped', async () => {
    const bytes = chunked('5;x="y"\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: 1\r\n\r\n')
    const response = await once(gateway.port(), bytes)
    expect(response).toMatchObject({ status: 200, text: '6:hello!' })
    expect(backend.requests.at(-1)?.headers.has('x-trailer')).toBe(false)
  })

  test('without length or coding is no body', async () => {
    const client = await connect(gateway.port())
    const [first, second] = await client.pipeline([
      'POST / HTTP/1.1\r\nHost: x\r\n\r\n',
      request('GET /'),
    ])
    expect([first?.text, second?.text]).toEqual(['0:', '0:'])
  })

  test('split at every byte arrives whole', async () => {
    const bytes = chunked('5\r\nhello\r\n0\r\n\r\n')
    const client = await connect(gateway.port())
    for (let at = 1; at < bytes.length; at++) {
      await client.send(bytes.slice(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      expect((await client.exchange(bytes.slice(at))).text).toBe('5:hello')
    }
  })

  test('that nobody reads is dropped, and the next request is served', async () => {
    const client = await connect(gateway.port())
    const [first, second] = await client.pipeline([
      request('POST /ignore', {}, 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'),
      request('GET /', { 'X-Next': '1' }),
    ])
    expect(first?.text).toBe('ignored')
    expect(second?.text).toBe('0:')
    expect(backend.requests.some((each) => each.target === '/smuggled')).toBe(false)
  })

  test('in chunks that nobody reads is dropped too', async () => {
    const client = await connect(gateway.port())
    const [first, second] = await client.pipeline([
      chunked('5\r\nhello\r\n0\r\n\r\n', '/ignore'),
      request('GET /'),
    ])
    expect([first?.text, second?.text]).toEqual(['ignored', '0:'])
  })
})

describe('a body beyond client_max_body_size', () => {
  test('of known length is 413 before it is read', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n',
    )
    expect(response.status).toBe(413)
    expect(response.headers.get('connection')).toBe('close')
    await gateway.logged(/client intended to send too large body/)
    gateway.expect(/too large body/)
  })

  test('in chunks is 413 when the limit is passed', async () => {
    const piece = `32\r\n${'a'.repeat(50)}\r\n`
    const response = await once(gateway.port(), chunked(`${piece}${piece}${piece}0\r\n\r\n`))
    expect(response.status).toBe(413)
  })

  test('exactly at the limit is served', async () => {
    const response = await once(gateway.port(), request('POST /', {}, 'a'.repeat(100)))
    expect(response.text.startsWith('100:')).toBe(true)
  })

  test('is no matter where the limit is 0', async () => {
    const response = await once(gateway.port(), request('POST /large', {}, 'a'.repeat(100_000)))
    expect(response.text.startsWith('100000:')).toBe(true)
  })
})

describe('framing that can be read in two ways', () => {
  test.each([
    ['length and coding', 'Content-Length: 5\r\nTransfer-Encoding: chunked', 400],
    ['coding and length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', 400],
    ['two different lengths', 'Content-Length: 5\r\nContent-Length: 6', 400],
    ['two equal lengths', 'Content-Length: 5\r\nContent-Length: 5', 400],
    ['a list of lengths', 'Content-Length: 5, 5', 400],
    ['a signed length', 'Content-Length: +5', 400],
    ['a negative length', 'Content-Length: -5', 400],
    ['a hexadecimal length', 'Content-Length: 0x5', 400],
    ['an empty length', 'Content-Length:', 400],
    ['a length with a fraction', 'Content-Length: 5.0', 400],
    ['an enormous length', 'Content-Length: 99999999999999999999', 400],
    ['an unknown coding', 'Transfer-Encoding: gzip', 501],
    ['chunked after another coding', 'Transfer-Encoding: gzip, chunked', 501],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked', 501],
    ['two coding lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 400],
    ['identity', 'Transfer-Encoding: identity', 501],
    ['a coding with a parameter', 'Transfer-Encoding: chunked;a=b', 501],
    ['a quoted coding', 'Transfer-Encoding: "chunked"', 501],
    ['a coding with a control', 'Transfer-Encoding: \x0bchunked', 501],
  ])('%s is refused', async (_, lines, status) => {
    const client = await connect(gateway.port())
    const response = await client.exchange(`POST / HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\nhello`)
    expect(response.status).toBe(status)
    expect(response.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
  })

  test('a coding in HTTP/1.0 is refused', async () => {
    const bytes = chunked('0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0')
    expect((await once(gateway.port(), bytes)).status).toBe(400)
  })
})

describe('chunks that are malformed', () => {
  test.each([
    ['no size', '\r\nhello\r\n0\r\n\r\n'],
    ['a size of other letters', 'g\r\nhello\r\n0\r\n\r\n'],
    ['a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['an overflowing size', 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a size of too many digits', `${'0'.repeat(40)}5\r\nhello\r\n0\r\n\r\n`],
    ['a bare LF after the size', '5\nhello\r\n0\r\n\r\n'],
    ['a bare CR after the size', '5\rhello\r\n0\r\n\r\n'],
    ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
    ['more data than announced', '4\r\nhello\r\n0\r\n\r\n'],
    ['less data than announced', '6\r\nhello\r\n0\r\n\r\n'],
    ['a bare LF at the end', '5\r\nhello\r\n0\n\n'],
    ['an LF in an extension', '5;a\nb\r\nhello\r\n0\r\n\r\n'],
  ])('with %s are 400 and the end of the connection', async (_, chunks) => {
    const client = await connect(gateway.port())
    const response = await client.exchange(chunked(chunks))
    expect(response.status).toBe(400)
    expect(await client.ending()).toBe('end')
  })
})

test('Expect: 100-continue is answered before the body is read, once', async () => {
  const client = await connect(gateway.port())
  await client.send(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
  )
  expect((await client.incoming.until('\r\n\r\n')).toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  const response = await client.exchange('hello')
  expect(response).toMatchObject({ text: '5:hello', interim: [] })
  expect((await client.exchange(request('GET /'))).interim).toEqual([])
})

test('Expect: 100-continue with the body already there needs no interim answer', async () => {
  const response = await once(
    gateway.port(),
    request('POST /', { Expect: '100-continue' }, 'hello'),
  )
  expect(response.text).toBe('5:hello')
})

test('Expect: 100-continue is not answered when the body is refused or not wanted', async () => {
  const expecting = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`
  const refused = await once(gateway.port(), expecting('/', 1000))
  expect(refused).toMatchObject({ status: 413, interim: [] })
  const unread = await once(gateway.port(), expecting('/ignore', 5))
  expect(unread).toMatchObject({ status: 200, interim: [] })
})

test('Expect from HTTP/1.0 gets no interim answer', async () => {
  const bytes = 'POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello'
  expect(await once(gateway.port(), bytes)).toMatchObject({ text: '5:hello', interim: [] })
})

test('a client that leaves in the middle of its body leaves nothing behind', async () => {
  const client = await connect(gateway.port())
  await client.send('POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nhello')
  client.reset()
  expect((await once(gateway.port(), request('GET /'))).status).toBe(200)
})
