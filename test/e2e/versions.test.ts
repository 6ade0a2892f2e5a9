import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          return: 200 "$request_method $uri $server_protocol"
        /none:
          return: 204
`

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({ yaml: YAML })
})

describe('HTTP/1.1', () => {
  test('is answered as 1.1 and kept alive', async () => {
    const client = await connect(gateway.port())
    for (let i = 0; i < 3; i++) {
      const response = await client.exchange(request(`GET /${i}`))
      expect(response).toMatchObject({ version: '1.1', status: 200, text: `GET /${i} HTTP/1.1` })
      expect(response.headers.get('connection')).toBe('keep-alive')
    }
  })

  test('without a Host line is 400', async () => {
    expect((await once(gateway.port(), 'GET / HTTP/1.1\r\n\r\n')).status).toBe(400)
  })

  test('of a later minor version is served as 1.1', async () => {
    const response = await once(gateway.port(), 'GET / HTTP/1.2\r\nHost: x\r\n\r\n')
    expect(response).toMatchObject({ version: '1.1', status: 200 })
  })
})

describe('HTTP/1.0', () => {
  test('is served without Host and closed after the answer', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange('GET / HTTP/1.0\r\n\r\n')
    expect(response).toMatchObject({ status: 200, text: 'GET / HTTP/1.0' })
    expect(response.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
  })

  test('is kept alive when it asks for it', async () => {
    const client = await connect(gateway.port())
    for (let i = 0; i < 2; i++) {
      const response = await client.exchange('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
      expect(response.headers.get('connection')).toBe('keep-alive')
    }
  })

  test('is never answered in chunks', async () => {
    const response = await once(gateway.port(), 'GET / HTTP/1.0\r\n\r\n')
    expect(response.headers.has('transfer-encoding')).toBe(false)
  })
})

describe('HTTP/0.9', () => {
  test('is answered with the body alone, then closed', async () => {
    const client = await connect(gateway.port())
    await client.send('GET /old\r\n')
    expect((await client.incoming.rest()).toString()).toBe('GET /old HTTP/0.9')
  })

  test('is GET only', async () => {
    expect((await once(gateway.port(), 'POST /\r\n')).status).toBe(400)
  })
})

describe('another version', () => {
  test.each(['2.0', '3.0', '9.1'])('%s is 505', async (version) => {
    expect((await once(gateway.port(), `GET / HTTP/${version}\r\nHost: x\r\n\r\n`)).status).toBe(
      505,
    )
  })

  test.each([
    'HTTP/1',
    'HTTP/1.',
    'HTTP/.1',
    'HTTP/x.1',
    'http/1.1',
    'HTTP/1.1x',
    'HTTP/0.9',
    'TTP/1.1',
  ])('"%s" is 400', async (version) => {
    const response = await once(gateway.port(), `GET / ${version}\r\nHost: x\r\n\r\n`)
    expect(response.status).toBe(400)
  })

  test('2 with its preface gets an HTTP/1 answer and a close', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect([400, 505]).toContain(response.status)
    expect(await client.ending()).toBe('end')
  })
})

describe('HEAD', () => {
  test('gets the head of GET without its body, and the connection goes on', async () => {
    const client = await connect(gateway.port())
    const [head, get] = await client.pipeline([request('HEAD /a'), request('GET /a')])
    expect(head?.headers.get('content-length')).toBe(String('HEAD /a HTTP/1.1'.length))
    expect(head?.body).toHaveLength(0)
    expect(get?.text).toBe('GET /a HTTP/1.1')
  })

  test('of an error has no body either', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange('HEAD / HTTP/1.1\r\n\r\n', { method: 'HEAD' })
    expect(response.status).toBe(400)
    expect((await client.incoming.rest()).length).toBe(0)
  })
})

test('204 has neither body nor length', async () => {
  const client = await connect(gateway.port())
  const [none, after] = await client.pipeline([request('GET /none'), request('GET /')])
  expect(none).toMatchObject({ status: 204, framing: { kind: 'none' } })
  expect(after?.status).toBe(200)
})
