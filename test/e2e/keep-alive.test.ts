import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const location = '\n      location:\n        /:\n          return: 200 $connection_requests\n'

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      keepalive_timeout: 75s 20s${location}
    - listen: 127.0.0.1:%%PORT_1%%
      keepalive_timeout: 0${location}
    - listen: 127.0.0.1:%%PORT_2%%
      keepalive_requests: 3${location}
    - listen: 127.0.0.1:%%PORT_3%%
      keepalive_time: 300ms${location}
    - listen: 127.0.0.1:%%PORT_4%%
      keepalive_timeout: 300ms
      keepalive_min_timeout: 100ms${location}
    - listen: 127.0.0.1:%%PORT_5%%
      keepalive_timeout: 60s${location}
`,
  })
})

describe('a connection of HTTP/1.1', () => {
  test('stays open, and its Keep-Alive header tells the second value', async () => {
    const client = await connect(gateway.port())
    for (const count of ['1', '2', '3']) {
      const response = await client.exchange(request('GET /'))
      expect(response.text).toBe(count)
      expect(response.headers.get('keep-alive')).toBe('timeout=20')
    }
  })

  test('has no Keep-Alive header without a second value', async () => {
    const client = await connect(gateway.port(5))
    expect((await client.exchange(request('GET /'))).headers.has('keep-alive')).toBe(false)
  })

  test.each(['close', 'Close', 'foo, close', 'close, keep-alive'])(
    'is closed after a request with Connection: %s',
    async (value) => {
      const client = await connect(gateway.port())
      const response = await client.exchange(request('GET /', { Connection: value }))
      expect(response.headers.get('connection')).toBe('close')
      expect(await client.ending()).toBe('end')
    },
  )

  test('answers nothing behind a request with Connection: close', async () => {
    const client = await connect(gateway.port())
    await client.send(request('GET /', { Connection: 'close' }) + request('GET /'))
    expect((await client.response()).status).toBe(200)
    expect((await client.incoming.rest()).length).toBe(0)
  })

  test('that the client half-closes still gets its answer', async () => {
    const client = await connect(gateway.port())
    await client.send(request('GET /'))
    client.halfClose()
    expect((await client.response()).text).toBe('1')
    expect(await client.ending()).toBe('end')
  })
})

test('keepalive_timeout 0 closes after each answer', async () => {
  const client = await connect(gateway.port(1))
  const response = await client.exchange(request('GET /'))
  expect(response.headers.get('connection')).toBe('close')
  expect(await client.ending()).toBe('end')
})

test('keepalive_requests closes with the last one', async () => {
  const client = await connect(gateway.port(2))
  const answers = [1, 2, 3].map(() => request('GET /'))
  const responses = await client.pipeline(answers)
  expect(responses.map((each) => each.headers.get('connection'))).toEqual([
    'keep-alive',
    'keep-alive',
    'close',
  ])
  expect(await client.ending()).toBe('end')
})

test('keepalive_time closes with the next answer after it', async () => {
  const client = await connect(gateway.port(3))
  const from = Date.now()
  let requests = 0
  for (;;) {
    const response = await client.exchange(request('GET /'))
    requests++
    if (response.headers.get('connection') === 'close') break
    expect(Date.now() - from).toBeLessThan(20_000)
  }
  expect(requests).toBeGreaterThan(1)
  expect(await client.ending()).toBe('end')
})

test('keepalive_timeout closes an idle connection, not before', async () => {
  const client = await connect(gateway.port(4))
  await client.exchange(request('GET /'))
  const from = Date.now()
  expect(await client.ending()).toBe('end')
  expect(Date.now() - from).toBeGreaterThan(200)
  expect(Date.now() - from).toBeLessThan(20_000)
})
