import { beforeAll, describe, expect, test } from 'vitest'
import { always } from '../harness/faults.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { type Origin, origin } from '../harness/origin.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway
let backend: HttpOrigin
let bad: Origin

beforeAll(async () => {
  backend = await httpOrigin(async (each) => {
    const delay = Number(/\/(\d+)/.exec(each.target)?.[1] ?? 0)
    await new Promise((resolve) => setTimeout(resolve, delay))
    return { body: each.target }
  })
  bad = await origin(always('garbage\r\n\r\n'))
  gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          proxy_pass: http://${backend.address}
        /patient:
          proxy_ignore_client_abort: on
          proxy_pass: http://${backend.address}
        /now:
          return: 200 "now $request_uri"
        /bad:
          proxy_pass: http://${bad.address}
`,
    expected: ['upstream'],
  })
})

describe('pipelined requests', () => {
  test('are answered in their order, however long each takes', async () => {
    const client = await connect(gateway.port())
    const paths = ['/100', '/now/a', '/20', '/now/b', '/0']
    const responses = await client.pipeline(paths.map((path) => request(`GET ${path}`)))
    expect(responses.map((each) => each.text)).toEqual([
      '/100',
      'now /now/a',
      '/20',
      'now /now/b',
      '/0',
    ])
  })

  test('are served one after another: the next begins when the answer before it has left', async () => {
    const before = backend.requests.length
    const client = await connect(gateway.port())
    await client.send(request('GET /150') + request('GET /0'))
    await client.response()
    const first = backend.requests.length - before
    await client.response()
    expect(first).toBeLessThanOrEqual(2)
    expect(backend.requests.slice(before).map((each) => each.target)).toEqual(['/150', '/0'])
  })

  test('keep their bodies apart', async () => {
    const client = await connect(gateway.port())
    const requests = Array.from({ length: 50 }, (_, i) =>
      request(`POST /p${i}`, {}, 'x'.repeat(i * 7)),
    )
    const before = backend.requests.length
    const responses = await client.pipeline(requests)
    expect(responses.map((each) => each.text)).toEqual(requests.map((_, i) => `/p${i}`))
    expect(backend.requests.slice(before).map((each) => each.body.length)).toEqual(
      requests.map((_, i) => i * 7),
    )
  })

  test('of a great number are all answered', async () => {
    const client = await connect(gateway.port())
    const requests = Array.from({ length: 900 }, (_, i) => request(`GET /now/${i}`))
    const responses = await client.pipeline(requests)
    expect(responses.map((each) => each.text)).toEqual(requests.map((_, i) => `now /now/${i}`))
  })

  test('sent byte by byte are answered in order', async () => {
    const client = await connect(gateway.port())
    const bytes = request('GET /now/1') + request('POST /now/2', {}, 'body') + request('GET /now/3')
    for (const byte of bytes) {
      await client.send(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const texts = [await client.response(), await client.response(), await client.response()]
    expect(texts.map((each) => each.text)).toEqual(['now /now/1', 'now /now/2', 'now /now/3'])
  })

  test('go on after an upstream has failed one of them', async () => {
    const client = await connect(gateway.port())
    const responses = await client.pipeline([
      request('GET /now/1'),
      request('GET /bad'),
      request('GET /now/2'),
    ])
    expect(responses.map((each) => each.status)).toEqual([200, 502, 200])
  })

  test('sent before a half-close are all answered', async () => {
    const client = await connect(gateway.port())
    await client.send(
      ['/patient/20', '/now', '/patient/0'].map((p) => request(`GET ${p}`)).join(''),
    )
    client.halfClose()
    const answers = [await client.response(), await client.response(), await client.response()]
    expect(answers.map((each) => each.text)).toEqual(['/patient/20', 'now /now', '/patient/0'])
    expect(await client.ending()).toBe('end')
  })

  test('end with the malformed one', async () => {
    const client = await connect(gateway.port())
    await client.send(`${request('GET /now/1')}BAD\r\n\r\n${request('GET /now/2')}`)
    expect((await client.response()).status).toBe(200)
    expect((await client.response()).status).toBe(400)
    expect((await client.incoming.rest()).length).toBe(0)
  })

  test('behind a slow one wait in a bounded buffer', async () => {
    const client = await connect(gateway.port())
    await client.send(request('GET /400'))
    const filler = request('GET /now/filler', { 'X-Fill': 'x'.repeat(900) })
    const many = 4000
    const sending = client.send(filler.repeat(many))
    expect((await client.response()).text).toBe('/400')
    let answered = 0
    while (answered < many) {
      const response = await client.response()
      expect(response.status).toBe(200)
      answered++
      if (response.headers.get('connection') === 'close') break
    }
    client.destroy()
    await sending
    expect(answered).toBeGreaterThan(900)
  })
})
