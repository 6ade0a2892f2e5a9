import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/kernel/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Head } from '../../src/kernel/filter/head.ts'
import type { Awaitable, Verdict } from '../../src/kernel/phase/verdict.ts'
import { request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { Handlers, ServerParts } from './hand-made-plan.ts'
import { turns } from './loopback.ts'
import { Gate, serve } from './serve.ts'

const GET = (path: string, headers = {}) => request(`GET ${path}`, headers)
const POST = (path: string, body: string, headers = {}) => request(`POST ${path}`, headers, body)
const CHUNKED = { 'Transfer-Encoding': 'chunked' }

/** Says what it got, the body included. */
const echo: Handlers = [
  ['content', async (x) => x.respond(200, `${x.uri}:${await x.body.bytes()}`)],
]
/** Answers without a look at the body. */
const heedless: Handlers = [['content', (x) => x.respond(200, x.uri)]]

function chunked(...chunks: readonly string[]): string {
  const all = chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`)
  return `${all.join('')}0\r\n\r\n`
}

describe('a request body', () => {
  it.each([
    ['of a length', POST('/a', 'hello'), '/a:hello'],
    ['of length 0', request('POST /a', { 'Content-Length': '0' }), '/a:'],
    ['of no length', request('POST /a'), '/a:'],
    ['in chunks', request('POST /a', CHUNKED) + chunked('hel', 'lo'), '/a:hello'],
    ['in no chunks', request('POST /a', CHUNKED) + chunked(), '/a:'],
    ['with a GET', request('GET /a', { 'Content-Length': '2' }) + 'hi', '/a:hi'],
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
    await until('the request', () => gate.waiting.length === 1)
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

describe('Expect: 100-continue', () => {
  const expects = (path: string, length: number) =>
    request(`POST ${path}`, { Expect: '100-Continue', 'Content-Length': `${length}` })

  it('is answered when somebody wants the body', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          (x) => gate.pass(x).then(async () => x.respond(200, `${await x.body.bytes()}`)),
        ],
      ],
    })
    const client = await served.client()
    await client.send(expects('/', 5))
    await until('the request', () => gate.waiting.length === 1)
    await turns(20)
    expect(client.incoming.size).toBe(0)
    gate.open()
    const line = await client.incoming.until('\r\n\r\n')
    expect(line.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const answer = await client.exchange(`hello${GET('/2')}`)
    expect(answer.text).toBe('hello')
    expect((await client.response()).status).toBe(200)
  })

  it('is not answered to a client that did not wait', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    const answer = await client.exchange(`${expects('/', 5)}hello`)
    expect(answer).toMatchObject({ text: '/:hello', interim: [] })
    expect((await client.exchange(GET('/2'))).text).toBe('/2:')
  })

  it('is not answered to an HTTP/1.0 client', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    const headers = { Expect: '100-continue', 'Content-Length': '5' }
    await client.send(request('POST / HTTP/1.0', headers))
    await turns(20)
    const answer = await client.exchange('hello')
    expect(answer).toMatchObject({ text: '/:hello', interim: [] })
  })

  it('is answered with the response alone where nobody wants the body', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const answer = await client.exchange(expects('/', 5))
    expect(answer).toMatchObject({ status: 200, interim: [] })
    // Whether the body comes now nobody knows.
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    await client.send(`hello${GET('/2')}`)
    client.destroy()
    await served.empty()
    expect(served.logged).toHaveLength(1)
  })

  it('is not answered in the middle of a response', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(new Head(200))
            await sink.data(Buffer.alloc(5000, 'a'))
            const body = await x.body.bytes()
            await sink.data(body)
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(expects('/', 5))
    await turns(20)
    const answer = await client.exchange('hello')
    expect(answer.text).toBe(`${'a'.repeat(5000)}hello`)
  })

  it('does not hold for the next request on the connection', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    await client.send(expects('/1', 5))
    expect((await client.incoming.until('\r\n\r\n')).toString()).toContain('100 Continue')
    await client.exchange('hello')
    await client.send(request('POST /2', { 'Content-Length': '2' }))
    await turns(20)
    expect((await client.exchange('hi')).interim).toEqual([])
  })
})

describe('a request that could mean two things is refused:', () => {
  const smuggled = GET('/smuggled')
  it.each([
    ['length and chunks', { 'Content-Length': '5', ...CHUNKED }, 400],
    ['two codings', { 'Transfer-Encoding': 'gzip, chunked' }, 501],
    ['chunked twice', { 'Transfer-Encoding': 'chunked, chunked' }, 501],
    ['an unknown coding', { 'Transfer-Encoding': 'identity' }, 501],
    ['a coding in quotes', { 'Transfer-Encoding': '"chunked"' }, 501],
    ['a coding with a vertical tab', { 'Transfer-Encoding': '\x0bchunked' }, 501],
    ['an empty coding', { 'Transfer-Encoding': '' }, 501],
    ['a length with a sign', { 'Content-Length': '+5' }, 400],
    ['a negative length', { 'Content-Length': '-5' }, 400],
    ['a hexadecimal length', { 'Content-Length': '0x5' }, 400],
    ['a list of lengths', { 'Content-Length': '5, 5' }, 400],
    ['an empty length', { 'Content-Length': '' }, 400],
    ['a length with a space inside', { 'Content-Length': '1 0' }, 400],
    ['a length too long for a number', { 'Content-Length': '9'.repeat(16) }, 400],
  ])('%s', async (_, headers, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(request('POST /1', headers) + smuggled.repeat(2))
    const answer = await client.response()
    expect(answer.status).toBe(status)
    expect(answer.headers.get('connection')).toBe('close')
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toMatchObject([{ line: 'POST /1', status }])
  })

  it.each([
    ['two equal lengths', 'Content-Length: 5\r\nContent-Length: 5\r\n', 400],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 400],
    ['two codings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', 400],
    ['two hosts', 'Host: a\r\n', 400],
    ['a folded coding', 'Transfer-Encoding:\r\n chunked\r\n', 400],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', 400],
    ['a bare CR', 'X: a\rContent-Length: 5\r\n', 400],
  ])('%s', async (_, lines, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(`POST /1 HTTP/1.1\r\nHost: a\r\n${lines}\r\n${smuggled}`)
    expect((await client.response()).status).toBe(status)
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toHaveLength(1)
  })

  it('chunks in an HTTP/1.0 request', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(request('POST / HTTP/1.0', CHUNKED) + chunked('a') + smuggled)
    expect((await client.response()).status).toBe(400)
    expect((await client.incoming.rest()).length).toBe(0)
  })

  it('an underscore for a hyphen is another field', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const answer = await client.exchange(request('GET /1', { Content_Length: '5' }) + GET('/2'))
    expect(answer.text).toBe('/1')
    expect((await client.response()).text).toBe('/2')
  })
})

describe('a refused request', () => {
  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['GET /../x HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['GET / HTTP/3.0\r\nHost: a\r\n\r\n', 505],
    [`GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 400],
    ['\x16\x03\x01\x02\x00', 400],
    ['lower / HTTP/1.1\r\n\r\n', 400],
  ])('%j gets %i, an entry in each log and a closed connection', async (bytes, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(bytes)
    const answer = await client.response()
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(`${status}`)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    client.destroy()
    await served.empty()
    expect(served.logged).toMatchObject([{ status }])
    expect(served.errors).toHaveLength(1)
  })

  it('lets the client see the answer, though more is on its way', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const more = 'x'.repeat(2_000_000)
    void client.send(request('POST /', { 'Transfer-Encoding': 'gzip' }) + more)
    expect((await client.response()).status).toBe(501)
    expect(await client.ending()).toBe('end')
  })

  it('is answered with the error page of its status', async () => {
    const { constant } = await import('../../src/kernel/variable/template.ts')
    const served = serve({
      handlers: heedless,
      settings: { error_page: new Map([[400, { target: constant('/sorry'), answer: undefined }]]) },
      locations: { '/sorry': { handlers: [['content', (x) => x.respond(200, 'sorry')]] } },
    })
    const client = await served.client()
    const answer = await client.exchange('GET / HTTP/1.1\r\nbad line\r\n\r\n')
    expect(answer).toMatchObject({ status: 400, text: 'sorry' })
    expect(await client.ending()).toBe('end')
  })
})

describe('the host', () => {
  const servers: ServerParts[] = ['first', 'a.example', 'b.example'].map((name) => ({
    name,
    handlers: [['content', (x) => x.respond(200, `${name} ${x.host} ${x.uri}`)]],
  }))

  it.each([
    ['GET / HTTP/1.1\r\nHost: b.example\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.1\r\nHost: B.Example.:8080\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.1\r\nHost: c.example\r\n\r\n', 'first c.example /'],
    ['GET http://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n', 'b.example b.example /x'],
    ['GET http://b.example:80?y HTTP/1.1\r\nHost: c\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.0\r\n\r\n', 'first  /'],
    ['GET http://b.example/ HTTP/1.0\r\n\r\n', 'b.example b.example /'],
  ])('of %j chooses the server', async (bytes, text) => {
    const served = serve(servers)
    const client = await served.client()
    expect((await client.exchange(bytes)).text).toBe(text)
  })
})
