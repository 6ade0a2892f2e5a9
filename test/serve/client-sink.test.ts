import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { Head } from '../../src/wire/head.ts'
import { request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { LocationParts } from '../kernel/hand-made-plan.ts'
import { connectPaused, readAll, turns } from '../kernel/loopback.ts'
import { serve } from '../kernel/serve.ts'

/** How a test pours a response. */
interface Poured {
  readonly status?: number
  readonly length?: number | undefined
  readonly chunks?: readonly string[]
  readonly head?: Partial<Head>
}

/** Serves one response, poured chunk by chunk. */
function pouring(
  { status = 200, length, chunks = [], head = {} }: Poured,
  parts: LocationParts = {},
) {
  return serve({
    ...parts,
    handlers: [
      [
        'content',
        async (x) => {
          const sink = x.send(Object.assign(new Head(status), { length, ...head }))
          for (const chunk of chunks) await sink.data(Buffer.from(chunk, 'latin1'))
          await sink.end()
          return 'done' as const
        },
      ],
    ],
  })
}

describe('the framing of a response', () => {
  it.each([
    ['GET', '1.1', 200, 5, 'length', 'hello', true],
    ['GET', '1.0', 200, 5, 'length', 'hello', false],
    ['GET', '1.1', 200, undefined, 'chunked', 'hello', true],
    ['GET', '1.0', 200, undefined, 'close', 'hello', false],
    ['HEAD', '1.1', 200, 5, 'none', '', true],
    ['HEAD', '1.1', 200, undefined, 'none', '', true],
    ['HEAD', '1.0', 200, undefined, 'none', '', false],
    ['GET', '1.1', 204, undefined, 'none', '', true],
    ['GET', '1.1', 204, 0, 'none', '', true],
    ['GET', '1.1', 204, 5, 'none', '', true],
    ['GET', '1.1', 304, 5, 'none', '', true],
    ['GET', '1.1', 304, undefined, 'none', '', true],
    ['GET', '1.1', 500, undefined, 'chunked', 'hello', true],
  ] as const)(
    'to %s over HTTP/%s with %i and length %s is %s',
    async (method, version, status, length, framing, body, stays) => {
      const chunks = length === 0 ? [] : ['hel', 'lo']
      const served = pouring({ status, length, chunks })
      const client = await served.client()
      const bytes = request(`${method} / HTTP/${version}`)
      const answer = await client.exchange(bytes, { method })
      expect(answer.framing.kind).toBe(framing)
      expect(answer.text).toBe(body)
      expect(answer.headers.get('connection')).toBe(stays ? 'keep-alive' : 'close')
      if (stays) {
        // Nothing of the first may be left in front of the second.
        expect((await client.exchange(bytes, { method })).status).toBe(status)
      } else expect(await client.ending()).toBe('end')
    },
  )

  it('to HEAD tells the length that GET would have', async () => {
    const served = pouring({ length: 5, chunks: ['hello'] })
    const client = await served.client()
    const answer = await client.exchange(request('HEAD /'), { method: 'HEAD' })
    expect(answer.headers.get('content-length')).toBe('5')
    await until('the log', () => served.logged.length === 1)
    expect(served.logged[0]).toMatchObject({ bodySent: 0 })
  })

  it('to HTTP/0.9 is the body alone', async () => {
    const served = pouring({ chunks: ['hel', 'lo'] })
    const client = await served.client()
    await client.send('GET /\r\n')
    expect((await client.incoming.rest()).toString()).toBe('hello')
  })

  it('with empty chunks has no empty chunk but the last', async () => {
    const served = pouring({ chunks: ['', 'a', '', '', 'b', ''], head: { flush: true } })
    const client = await served.client()
    await client.send(request('GET /'))
    const raw = (await client.incoming.until('0\r\n\r\n')).toString()
    expect(raw.slice(raw.indexOf('\r\n\r\n') + 4)).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  })

  it('of nothing in chunks is the last chunk alone', async () => {
    const served = pouring({})
    const client = await served.client()
    await client.send(request('GET /'))
    const raw = (await client.incoming.until('0\r\n\r\n')).toString()
    expect(raw).toMatch(/Transfer-Encoding: chunked\r\n(?:.+\r\n)*\r\n0\r\n\r\n$/)
  })
})

describe('a small response', () => {
  it('leaves in as few pieces as it can: head, body and last chunk together', async () => {
    const served = pouring({ chunks: Array(20).fill('0123456789') })
    const socket = await connectPaused(served.port)
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    socket.resume()
    socket.write(request('GET /'))
    await until('the last chunk', () => Buffer.concat(pieces).includes('0\r\n\r\n'))
    expect(pieces).toHaveLength(1)
    expect(pieces[0]?.toString()).toContain('\r\n\r\nc8\r\n')
  })

  it('goes in chunks of its own where postpone_output is 0', async () => {
    const served = pouring({ chunks: ['ab', 'c'] }, { settings: { postpone_output: 0 } })
    const client = await served.client()
    await client.send(request('GET /'))
    const raw = (await client.incoming.until('0\r\n\r\n')).toString()
    expect(raw.slice(raw.indexOf('\r\n\r\n') + 4)).toBe('2\r\nab\r\n1\r\nc\r\n0\r\n\r\n')
  })
})

describe('a response of any size', () => {
  it.each([1, 1459, 1460, 1461, 8191, 32_768, 70_000, 3_000_000])(
    'of %i bytes arrives as it was poured',
    async (size) => {
      const body = Buffer.alloc(size, 'abcdefghij').toString('latin1')
      for (const length of [size, undefined]) {
        for (const step of [size, Math.ceil(size / 7)]) {
          const chunks: string[] = []
          for (let at = 0; at < size; at += step) chunks.push(body.slice(at, at + step))
          const served = pouring({ length, chunks })
          const client = await served.client()
          const [one, two] = await client.pipeline([request('GET /'), request('GET /')])
          expect(one?.text === body && two?.text === body).toBe(true)
          expect(served.logged[0]).toMatchObject({ status: 200, bodySent: size })
        }
      }
    },
  )

  it('counts every byte that was sent', async () => {
    const served = pouring({ chunks: ['x'.repeat(5000), 'y'.repeat(5000)] })
    const socket = await connectPaused(served.port)
    socket.write(request('GET /', { Connection: 'close' }))
    const all = await readAll(socket)
    expect(served.logged).toMatchObject([{ bodySent: 10_000, sent: all.length }])
  })

  it('makes its writer wait for a client that does not keep up', async () => {
    let poured = 0
    const size = 2 ** 20
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(new Head(200))
            for (let i = 0; i < 100; i++) {
              await sink.data(Buffer.alloc(size))
              poured++
            }
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const socket = await connectPaused(served.port)
    socket.write(request('GET /', { Connection: 'close' }))
    await turns(200)
    // What the sockets hold, and not the whole 100 MB.
    expect(poured).toBeLessThan(30)
    expect((await readAll(socket)).length).toBeGreaterThan(100 * size)
    expect(poured).toBe(100)
  }, 20_000)
})

describe('a body given as text', () => {
  const BODIES = ['', 'hello', 'h\u00e9llo', '\u4f60\u597d', 'x'.repeat(1024), 'x'.repeat(5000)]
  const cases = BODIES.flatMap((body) =>
    ['GET / HTTP/1.1', 'HEAD / HTTP/1.1', 'GET / HTTP/1.0', 'GET /'].flatMap((line) =>
      [200, 204, 304].flatMap((status) =>
        ['as it is', 'too short', 'too long'].map((declared) => ({ body, line, status, declared })),
      ),
    ),
  )

  it.each(cases)(
    '$line $status is the same as its bytes, length $declared: $body',
    async (each) => {
      const answers = []
      for (const body of [each.body, Buffer.from(each.body)]) {
        const served = serve({
          handlers: [
            [
              'content',
              (x) => {
                const head = new Head(each.status)
                const size = Buffer.byteLength(each.body)
                if (each.declared !== 'as it is') {
                  head.length = each.declared === 'too long' ? size + 1 : Math.max(0, size - 1)
                }
                return x.respond(head, body)
              },
            ],
          ],
        })
        const client = await served.client()
        await client.send(
          `${each.line}\r\n${each.line.endsWith('/') ? '' : 'Host: a\r\nConnection: close\r\n\r\n'}`,
        )
        const all = (await client.incoming.rest()).toString('latin1')
        await until('the line in the log', () => served.logged.length === 1)
        answers.push([all.replace(/Date: .*/, ''), served.logged])
      }
      expect(answers[0]).toEqual(answers[1])
    },
  )
})

describe('a response field', () => {
  it('that could split the response is left out and reported', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            const head = new Head(200)
            head.fields.add('X-Good', '1')
            head.fields.add('X-Bad', 'a\r\nSet-Cookie: b\r\n\r\nHTTP/1.1 200 OK')
            return x.respond(head, 'body')
          },
        ],
      ],
    })
    const client = await served.client()
    const answer = await client.exchange(request('GET /'))
    expect(answer.headers.get('x-good')).toBe('1')
    expect(answer.headers.has('x-bad')).toBe(false)
    expect(answer.headers.has('set-cookie')).toBe(false)
    expect(answer.text).toBe('body')
    expect(served.errors[0]).toContain('X-Bad')
  })
})
