import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/base/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Awaitable, Verdict } from '../../src/kernel/phase/verdict.ts'
import { chunked, GET, request } from '../harness/raw-client.ts'
import type { ServerParts } from '../kernel/hand-made-plan.ts'
import { echo, heedless } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

const POST = (path: string, body: string, headers = {}) => request(`POST ${path}`, headers, body)
const CHUNKED = { 'Transfer-Encoding': 'chunked' }

describe('a request body', () => {
  it.each([
    ['of a length', POST('/a', 'hello'), '/a:hello'],
    ['of length 0', request('POST /a', { 'Content-Length': '0' }), '/a:'],
    ['of no length', request('POST /a'), '/a:'],
    ['in chunks', request('POST /a', CHUNKED) + chunked('hel', 'lo'), '/a:hello'],
    ['in no chunks', request('POST /a', CHUNKED) + chunked(), '/a:'],
    ['with a GET', `${request('GET /a', { 'Content-Length': '2' })}hi`, '/a:hi'],
  ])('%s is read, and the next request follows it', async (_, bytes, text) => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    await client.send(bytes + bytes + GET('/end'))
    expect((await client.response()).text).toBe(text)
    expect((await client.response()).text).toBe(text)
    expect((await client.response()).text).toBe('/end:')
    for (const byte of bytes) await client.send(byte)
    expect((await client.response()).text).toBe(text)
  })

  it('that is replaced is dropped, and the next request follows it', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            x.replaceBody(Buffer.from('made'))
            return x.respond(200, `${x.body.length} ${await x.body.bytes()}`)
          },
        ],
      ],
    })
    const client = await served.client()
    const large = 'x'.repeat(300_000)
    const expecting = request('POST /', { Expect: '100-continue', 'Content-Length': '3' })
    await client.send(POST('/1', large) + request('POST /2', CHUNKED) + chunked(large) + GET('/3'))
    for (let i = 0; i < 3; i++) expect((await client.response()).text).toBe('4 made')
    const answer = await client.exchange(`${expecting}abc${GET('/5')}`)
    expect(answer.text).toBe('4 made')
    expect((await client.response()).text).toBe('4 made')
  })

  it('that a location does not read is dropped before the next request', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const large = 'x'.repeat(700_000)
    await client.send(POST('/1', large) + request('POST /2', CHUNKED) + chunked(large) + GET('/3'))
    for (const path of ['/1', '/2', '/3']) {
      const answer = await client.response()
      expect(answer.text).toBe(path)
      expect(answer.headers.get('connection')).toBe('keep-alive')
    }
  })

  it('that comes after the answer is dropped before the next request', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const [head, body] = [request('POST /1', { 'Content-Length': '10' }), '0123456789']
    expect((await client.exchange(head + body.slice(0, 3))).text).toBe('/1')
    await client.send(body.slice(3, 6))
    await turns(20)
    await client.send(body.slice(6) + GET('/2'))
    expect((await client.response()).text).toBe('/2')
  })

  it('that never comes after the answer ends the connection at lingering_time', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.exchange(request('POST /1', { 'Content-Length': '10' }))
    served.pass(29_000)
    await client.send('123')
    await turns(20)
    expect(served.clients.size).toBe(1)
    served.pass(1_001)
    await served.empty()
  })

  it('never holds more than it needs while nobody reads it', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            await gate.pass(x)
            return x.respond(200, `${(await x.body.bytes()).length}`)
          },
        ],
      ],
      settings: { client_max_body_size: 0 },
    })
    const client = await served.client()
    const size = 20 * 2 ** 20
    const sent = client.send(POST('/', 'x'.repeat(size)))
    await gate.reached()
    await turns(100)
    expect(gate.waiting[0]?.body.received).toBeLessThanOrEqual(131_072)
    gate.open()
    expect((await client.response()).text).toBe(`${size}`)
    await sent
  })

  it('waits for a reader that is slow', async () => {
    const seen: string[] = []
    const served = serve({
      handlers: [
        [
          'content',
          (x) =>
            new Promise<Verdict>((resolve) => {
              let busy = false
              x.body.pour({
                data: async (chunk) => {
                  expect(busy).toBe(false)
                  busy = true
                  await turns(2)
                  seen.push(chunk.toString('latin1'))
                  busy = false
                },
                end: () => resolve(x.finish(204)),
                fail: () => resolve(500),
              })
            }),
        ],
      ],
    })
    const client = await served.client()
    const body = Array.from({ length: 20_000 }, (_, i) => `${i} `).join('')
    expect((await client.exchange(POST('/', body) + GET('/2'))).status).toBe(204)
    expect(seen.join('')).toBe(body)
    expect((await client.response()).status).toBe(204)
  })

  it('belongs to its own request: one without gets none, twice', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    expect((await client.exchange(GET('/1'))).text).toBe('/1:')
    expect((await client.exchange(GET('/2'))).text).toBe('/2:')
  })
})

describe('client_max_body_size', () => {
  const parts: ServerParts = { handlers: echo, settings: { client_max_body_size: 10 } }

  it('refuses an announced body at once, and the client gets to see the answer', async () => {
    const served = serve(parts)
    const client = await served.client()
    expect((await client.exchange(POST('/', '0123456789'))).status).toBe(200)
    void client.send(POST('/', 'x'.repeat(3_000_000)))
    const answer = await client.response()
    expect(answer.status).toBe(413)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    expect(served.errors.join('')).toContain('too large body')
  })

  it('ends a chunked body where it becomes too long', async () => {
    const served = serve(parts)
    const client = await served.client()
    await client.send(request('POST /', CHUNKED) + chunked('01234', '56789'))
    expect((await client.response()).status).toBe(200)
    void client.send(request('POST /', CHUNKED) + chunked('01234', '56789', 'x'.repeat(100)))
    const answer = await client.response()
    expect(answer.status).toBe(413)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    expect(served.logged).toHaveLength(2)
  })

  it('does not count what nobody reads of a chunked body', async () => {
    const served = serve({ handlers: heedless, settings: { client_max_body_size: 10 } })
    const client = await served.client()
    await client.send(request('POST /', CHUNKED) + chunked('x'.repeat(100)) + GET('/2'))
    expect((await client.response()).status).toBe(200)
    expect((await client.response()).text).toBe('/2')
  })
})

describe('a broken body', () => {
  it.each([
    ['a chunk size that is none', 'xyz\r\n'],
    ['a chunk longer than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['bare line feeds', '3\nabc\n0\n\n'],
    ['a negative size', '-1\r\n'],
    ['a huge size', 'fffffffffffffffff\r\n'],
  ])('with %s is refused, and nothing after it is a request', async (_, body) => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    await client.send(request('POST /1', CHUNKED) + body + GET('/smuggled').repeat(3))
    const answer = await client.response()
    expect(answer.status).toBe(400)
    expect(answer.headers.get('connection')).toBe('close')
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged.map(({ line }) => line)).toEqual(['POST /1'])
  })

  it('that nobody reads ends the connection, and takes no memory', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(`${request('POST /1', CHUNKED)}xyz\r\n`)
    expect((await client.response()).text).toBe('/1')
    await client.send(GET('/smuggled').repeat(1000))
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toHaveLength(1)
  })

  it('that was broken off is told to its reader, and is logged once', async () => {
    const failures: GatewayError[] = []
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            try {
              await x.body.bytes()
            } catch (error) {
              failures.push(error as GatewayError)
              throw error
            }
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(`${request('POST /', { 'Content-Length': '10' })}123`)
    await turns(20)
    client.halfClose()
    expect((await client.incoming.rest()).length).toBe(0)
    await served.empty()
    expect(failures[0]).toBeInstanceOf(GatewayError)
    expect(served.logged).toMatchObject([{ status: 499 }])
  })

  it('by a reset is told to its reader, and is logged once', async () => {
    let failed = 0
    const served = serve({
      handlers: [
        [
          'content',
          (x: Exchange) =>
            x.body.bytes().then(
              (): Verdict => 'done',
              (): Awaitable<Verdict> => {
                failed++
                return x.respond(200, 'too late')
              },
            ),
        ],
      ],
    })
    const client = await served.client()
    await client.send(request('POST /', { 'Content-Length': '10' }))
    await turns(20)
    client.reset()
    await served.empty()
    await turns(20)
    expect(failed).toBe(1)
    expect(served.logged).toMatchObject([{ status: 499, aborted: true }])
  })

  it('whose reader fails costs the connection nothing but this request', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          (x: Exchange) =>
            new Promise<Verdict>((resolve) => {
              x.body.pour({
                data: () => {
                  throw new Error('no room')
                },
                end: () => resolve(x.finish(204)),
                fail: (error) => resolve(x.finish(error.status)),
              })
            }),
        ],
      ],
    })
    const client = await served.client()
    expect((await client.exchange(POST('/', 'hello'))).status).toBe(500)
    client.destroy()
    await served.empty()
  })
})
