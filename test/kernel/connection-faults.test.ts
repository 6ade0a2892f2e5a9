import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { responseTooLong } from '../../src/kernel/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Head } from '../../src/kernel/filter/head.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import type { Verdict } from '../../src/kernel/phase/verdict.ts'
import { request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { Handlers } from './hand-made-plan.ts'
import { connectPaused, turns } from './loopback.ts'
import { Gate, serve } from './serve.ts'

const GET = (path: string, headers = {}) => request(`GET ${path}`, headers)
const hello: Handlers = [['content', (x) => x.respond(200, `hello ${x.uri}`)]]
const MUCH = 8 * 2 ** 20

/** Answers when the gate opens. */
function gated(gate: Gate): Handlers {
  return [['content', (x) => gate.pass(x).then(() => x.respond(200, 'late'))]]
}

describe('a client that goes away', () => {
  it('before it asked anything leaves nothing behind', async () => {
    const served = serve({ handlers: hello })
    for (const leave of ['destroy', 'reset', 'halfClose'] as const) {
      const client = await served.client()
      await until('the connection', () => served.clients.size === 1)
      client[leave]()
      await served.empty()
    }
    expect(served.logged).toEqual([])
  })

  it('in the middle of a head leaves nothing behind', async () => {
    const served = serve({ handlers: hello })
    for (const leave of ['destroy', 'reset', 'halfClose'] as const) {
      const client = await served.client()
      await client.send('GET / HTTP/1.1\r\nHo')
      await turns(20)
      client[leave]()
      await served.empty()
    }
  })

  it('while its answer is made is logged once with 499, and the late answer goes nowhere', async () => {
    const gate = new Gate()
    const served = serve({ handlers: gated(gate) })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    client.reset()
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 499, sent: 0, aborted: true }])
    gate.open()
    await turns(20)
    expect(served.logged).toHaveLength(1)
    expect(served.errors.filter((line) => line.includes('[error]'))).toEqual([])
  })

  it('is told to whoever works for it, once', async () => {
    const told: string[] = []
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            x.onAbort = (error) => told.push(error.code)
            return 'done'
          },
        ],
      ],
    })
    for (const leave of ['reset', 'halfClose'] as const) {
      const client = await served.client()
      await client.send(GET('/'))
      await until('the request', () => served.clients.counters.writing > 0)
      client[leave]()
      await served.empty()
    }
    expect(told).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED'])
    expect(served.logged.map(({ status }) => status)).toEqual([499, 499])
  })

  it('is noticed behind a body that was read as well', async () => {
    let aborted = false
    const served = serve({
      handlers: [
        [
          'content',
          (x: Exchange) =>
            x.body.bytes().then((): Verdict => {
              x.onAbort = () => {
                aborted = true
              }
              return 'done'
            }),
        ],
      ],
    })
    for (const split of [0, 3]) {
      aborted = false
      const client = await served.client()
      const head = request('POST /', { 'Content-Length': '6' })
      await client.send(head + 'abcdef'.slice(0, split))
      await turns(20)
      await client.send('abcdef'.slice(split))
      await turns(20)
      client.destroy()
      await served.empty()
      expect(aborted).toBe(true)
    }
  })

  it('in the middle of its response ends it; whoever waits to write goes on', async () => {
    let ended = ''
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { length: 4 * MUCH }))
            for (let i = 0; i < 4; i++) await sink.data(Buffer.alloc(MUCH))
            await sink.end()
            ended = x.aborted ? 'aborted' : 'sent'
            return 'done' as const
          },
        ],
      ],
    })
    const socket = await connectPaused(served.port)
    socket.write(GET('/'))
    await until('the response', () => served.clients.counters.writing > 0)
    await turns(20)
    socket.resetAndDestroy()
    await served.empty()
    await until('the writer', () => ended)
    expect(ended).toBe('aborted')
    expect(served.logged).toMatchObject([{ status: 200, aborted: true }])
  })

  it('with its sending half only still gets its response', async () => {
    const gate = new Gate()
    const served = serve({ handlers: gated(gate) })
    const client = await served.client()
    await client.send(GET('/'))
    client.halfClose()
    await until('the request', () => gate.waiting.length === 1)
    await turns(20)
    gate.open()
    expect((await client.response()).text).toBe('late')
    expect(await client.ending()).toBe('end')
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 200, aborted: false }])
  })

  it('by the hundreds leaves no slot, no count and no line too many', async () => {
    const gate = new Gate()
    const served = serve(
      {
        locations: {
          '/now': { handlers: hello },
          '/late': { handlers: gated(gate) },
          '/much': { handlers: [['content', (x) => x.respond(200, Buffer.alloc(MUCH))]] },
          '/body': {
            handlers: [
              ['content', async (x) => x.respond(200, `${(await x.body.bytes()).length}`)],
            ],
          },
        },
      },
      { slots: 600 },
    )
    const openings = [
      '',
      'GET',
      GET('/now'),
      GET('/now') + GET('/late'),
      GET('/much'),
      request('POST /body', { 'Content-Length': '10' }),
      `${request('POST /body', { 'Transfer-Encoding': 'chunked' })}5\r\nab`,
      'rubbish\r\n\r\n',
    ]
    let asked = 0
    for (let round = 0; round < 40; round++) {
      const clients = await Promise.all(openings.map(() => served.client()))
      await Promise.all(clients.map((client, i) => client.send(openings[i] as string)))
      await turns(5 + (round % 7))
      clients.forEach((client, i) => {
        if (round % 2) client.reset()
        else client.destroy()
        asked += (openings[i]?.match(/HTTP\/1|rubbish/g) ?? []).length
      })
    }
    gate.open()
    for (let i = 0; i < 50 && served.clients.size > 0; i++) {
      await turns(10)
      served.pass(10_000)
    }
    await served.empty()
    // A request that was lost on the way was never there; none is logged twice.
    expect(served.logged.length).toBeLessThanOrEqual(asked)
    expect(served.logged.length).toBeGreaterThan(asked / 2)
  }, 30_000)
})

describe('a response that cannot be completed', () => {
  it.each([
    ['too short', 10, ['12345'], undefined, '12345'],
    ['too long', 4, ['1234', '5'], undefined, '1234'],
    ['broken off', 10, ['123'], 'fail', '123'],
    ['broken off in chunks', undefined, ['123'], 'fail', '3\r\n123\r\n'],
  ] as const)('because it is %s ends the connection', async (_, length, chunks, how, body) => {
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            const sink = x.send(Object.assign(new Head(200), { length }))
            for (const chunk of chunks) sink.data(Buffer.from(chunk))
            if (how === 'fail') sink.fail(responseTooLong())
            else sink.end()
            return 'done'
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/1') + GET('/2'))
    const all = (await client.incoming.rest()).toString()
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toBe(body)
    await served.empty()
    expect(served.logged).toHaveLength(1)
    expect(served.errors.filter((line) => line.includes('[error]'))).toHaveLength(1)
  })

  it('because its handler throws after the head is cut, and reported once', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { length: 10 }))
            await sink.data(Buffer.from('123'))
            throw new Error('no more')
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    expect((await client.incoming.rest()).toString()).toMatch(/\r\n\r\n123$/)
    await served.empty()
    expect(served.errors).toHaveLength(1)
    expect(served.errors[0]).toContain('no more')
  })
})

describe('a plugin that fails', () => {
  const throwing = () => {
    throw new Error('broken plugin')
  }

  it.each([
    ['at once', throwing],
    ['later', async () => throwing()],
  ])('%s gets its client 500, and the others nothing', async (_, run) => {
    const served = serve({
      locations: { '/bad': { handlers: [['content', run]] }, '/': { handlers: hello } },
    })
    const [bad, good] = [await served.client(), await served.client()]
    expect((await bad.exchange(GET('/bad'))).status).toBe(500)
    expect((await good.exchange(GET('/good'))).text).toBe('hello /good')
    bad.destroy()
    await until('one to leave', () => served.clients.size === 1)
    expect(served.errors).toHaveLength(1)
    expect(served.errors[0]).toContain('broken plugin')
  })

  it.each([
    ['when the head reaches it', throwing],
    [
      'with the head it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: throwing,
        data: (chunk) => next.data(chunk),
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }),
    ],
    [
      'with the body it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: (head) => next.head(head),
        data: throwing,
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }),
    ],
    [
      'with the end it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: (head) => next.head(head),
        data: (chunk) => next.data(chunk),
        end: throwing,
        fail: (error) => next.fail(error),
      }),
    ],
  ])('as a filter, %s, costs this connection only', async (_, open) => {
    for (const content of ['status', 'respond', 'async status', 'redirect'] as const) {
      const handlers: Handlers = [
        [
          'content',
          (x) => {
            if (content === 'status') return 404
            if (content === 'respond') return x.respond(200, 'some')
            if (content === 'async status') return Promise.resolve(404)
            return x.finish(301, new Head(301))
          },
        ],
      ]
      const served = serve({ handlers, filters: [['edit', open]] })
      const client = await served.client()
      await client.send(GET('/'))
      await client.incoming.rest()
      client.destroy()
      await served.empty()
      expect(served.logged).toHaveLength(1)
      expect(served.errors.filter((line) => line.includes('broken plugin'))).toHaveLength(1)
    }
  })

  it('in the log phase harms nobody', async () => {
    const served = serve({
      handlers: [...hello, ['log', throwing], ['log', async () => throwing()]],
    })
    const client = await served.client()
    const answers = await client.pipeline([GET('/1'), GET('/2')])
    expect(answers.map(({ text }) => text)).toEqual(['hello /1', 'hello /2'])
    await turns(5)
    expect(served.logged).toHaveLength(2)
    expect(served.errors.filter((line) => line.includes('broken plugin'))).toHaveLength(4)
  })

  it('to answer at all is closed without an answer by 444', async () => {
    const served = serve({ handlers: [['content', () => 444]] })
    const client = await served.client()
    await client.send(GET('/'))
    expect((await client.incoming.rest()).length).toBe(0)
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 444, sent: 0 }])
  })
})

describe('closing', () => {
  it('lets the client read all of the answer, though it still sends', async () => {
    const served = serve({
      handlers: [['content', (x) => x.respond(200, Buffer.alloc(200_000, 'a'))]],
    })
    const client = await served.client()
    void client.send(request('POST /', { Connection: 'close', 'Content-Length': '900000' }))
    void client.send('x'.repeat(900_000))
    expect((await client.response()).body.length).toBe(200_000)
    expect(await client.ending()).toBe('end')
  })

  it('lingers no longer than lingering_timeout without, and lingering_time with new bytes', async () => {
    const served = serve({ handlers: [['content', () => 413]] })
    const [silent, busy] = [await served.client(), await served.client()]
    for (const client of [silent, busy]) {
      await client.exchange(request('POST /', { 'Content-Length': '100000' }))
      expect(await client.ending()).toBe('end')
    }
    expect(served.clients.size).toBe(2)
    served.pass(4999)
    await busy.send('x')
    await turns(20)
    served.pass(1)
    expect(served.clients.size).toBe(1)
    for (let i = 0; i < 5; i++) {
      served.pass(4900)
      await busy.send('x')
      await turns(20)
    }
    expect(served.clients.size).toBe(1)
    served.pass(700)
    await served.empty()
  })

  it('does not linger where lingering_close is off', async () => {
    const served = serve({
      handlers: [['content', () => 413]],
      settings: { lingering_close: 'off' },
    })
    const client = await served.client()
    await client.exchange(request('POST /', { 'Content-Length': '100000' }))
    await served.empty()
  })

  it('lingers after each response that closes where lingering_close is always', async () => {
    const served = serve({ handlers: hello, settings: { lingering_close: 'always' } })
    const client = await served.client()
    await client.exchange(GET('/', { Connection: 'close' }))
    expect(await client.ending()).toBe('end')
    expect(served.clients.size).toBe(1)
    client.destroy()
    await served.empty()
  })
})

describe('a worker without free slots', () => {
  it('serves a connection as soon as another one leaves', async () => {
    const gate = new Gate()
    const served = serve({ handlers: [...gated(gate)] }, { slots: 2 })
    const [a, b] = [await served.client(), await served.client()]
    await a.send(GET('/a'))
    await b.send(GET('/b'))
    await until('both requests', () => gate.waiting.length === 2)
    const c = await served.client()
    await c.send(GET('/c'))
    await until('the third', () => served.clients.size === 3)
    expect(served.clients.full).toBe(true)
    await turns(20)
    expect(gate.waiting).toHaveLength(2)
    b.reset()
    await until('its request', () => gate.waiting.length === 3)
    expect(served.clients.full).toBe(false)
    gate.open()
    expect((await a.response()).text).toBe('late')
    expect((await c.response()).text).toBe('late')
  })

  it('closes the connection that idles longest, but none that just became idle', async () => {
    const served = serve({ handlers: hello }, { slots: 2 })
    const [old, young] = [await served.client(), await served.client()]
    await old.exchange(GET('/'))
    served.pass(1000)
    await young.exchange(GET('/'))
    const next = await served.client()
    expect((await next.exchange(GET('/next'))).text).toBe('hello /next')
    expect(await old.ending()).toBe('end')
    // Nobody else may be closed before keepalive_min_timeout.
    const waiting = await served.client()
    await until('the waiting one', () => served.clients.full)
    expect((await young.exchange(GET('/young'))).text).toBe('hello /young')
    await waiting.send(GET('/waiting'))
    await turns(20)
    expect(waiting.incoming.size).toBe(0)
    next.destroy()
    expect((await waiting.response()).text).toBe('hello /waiting')
  })

  it('closes connections that never said anything', async () => {
    const served = serve({ handlers: hello }, { slots: 4 })
    const silent = await Promise.all([1, 2, 3, 4].map(() => served.client()))
    await until('all of them', () => served.clients.size === 4)
    served.pass(1000)
    const client = await served.client()
    expect((await client.exchange(GET('/'))).text).toBe('hello /')
    expect(await (silent[0] as typeof client).ending()).toBe('end')
  })

  it('closes a connection that says nothing once somebody waits, but gives it its moment', async () => {
    const served = serve({ handlers: hello }, { slots: 2 })
    const silent = [await served.client(), await served.client()] as const
    await until('both of them', () => served.clients.size === 2)
    const client = await served.client()
    await client.send(GET('/'))
    await until('the third', () => served.clients.full)
    served.pass(999)
    await turns(20)
    expect(client.incoming.size).toBe(0)
    served.pass(1)
    expect((await client.response()).text).toBe('hello /')
    expect(await silent[0].ending()).toBe('end')
    expect(silent[1].closed).toBe(false)
  })

  it('closes no connection in the middle of a head', async () => {
    const served = serve({ handlers: hello }, { slots: 1 })
    const slow = await served.client()
    await slow.send('GET /slow HTTP/1.1\r\n')
    await turns(20)
    const client = await served.client()
    await client.send(GET('/'))
    await until('the second', () => served.clients.full)
    await turns(20)
    expect((await slow.exchange('Host: a\r\nConnection: close\r\n\r\n')).text).toBe('hello /slow')
    expect((await client.response()).text).toBe('hello /')
  })

  it('closes connections that only linger', async () => {
    const served = serve(
      { handlers: [['content', (x) => (x.uri === '/big' ? 413 : 204)]] },
      { slots: 1 },
    )
    const lingering = await served.client()
    await lingering.exchange(request('POST /big', { 'Content-Length': '100000' }))
    const client = await served.client()
    expect((await client.exchange(GET('/'))).status).toBe(204)
  })

  it('serves each waiting connection once, though several slots come free for it', async () => {
    const [lingering, busy] = [new Gate(), new Gate()]
    const served = serve(
      {
        locations: {
          '/big': { handlers: [['content', (x) => lingering.pass(x).then(() => 413)]] },
          '/busy': { handlers: gated(busy) },
          '/': { handlers: hello },
        },
      },
      { slots: 17 },
    )
    const big = await Promise.all(Array.from({ length: 16 }, () => served.client()))
    for (const client of big) await client.send(request('POST /big', { 'Content-Length': '9' }))
    const last = await served.client()
    await last.send(GET('/busy'))
    await until('all requests', () => lingering.waiting.length + busy.waiting.length === 17)
    const waiting = [await served.client(), await served.client()] as const
    await until('two to wait', () => served.clients.size === 19)
    lingering.open()
    for (const client of big) await client.response()
    last.reset()
    for (const client of waiting) expect((await client.exchange(GET('/'))).text).toBe('hello /')
    expect(served.slots.used).toBe(16)
    expect(served.clients.size).toBe(16)
  })

  it('serves many more clients than it has slots, one after another', async () => {
    const served = serve({ handlers: hello }, { slots: 3 })
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const client = await served.client()
        return client.exchange(GET(`/${i}`, { Connection: 'close' }))
      }),
    )
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, i) => `hello /${i}`))
    await served.empty()
  })
})

describe('a worker that drains', () => {
  it('finishes what is asked, says close, and is empty then', async () => {
    const gate = new Gate()
    const served = serve({ handlers: gated(gate) })
    let empty = 0
    const [busy, idle] = [await served.client(), await served.client()]
    gate.open()
    await idle.exchange(GET('/'))
    await busy.send('GET / HTTP/1.1\r\nHo')
    await turns(20)
    served.clients.onEmpty = () => {
      empty++
    }
    served.clients.drain()
    served.pass(999)
    expect(served.clients.size).toBe(2)
    served.pass(1)
    expect(await idle.ending()).toBe('end')
    idle.destroy()
    const answer = await busy.exchange('st: a\r\n\r\n')
    expect(answer.headers.get('connection')).toBe('close')
    expect(await busy.ending()).toBe('end')
    await served.empty()
    expect(empty).toBe(1)
  })

  it('still answers a request that is on its way over an idle connection', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/1'))
    served.clients.drain()
    const answer = await client.exchange(GET('/2'))
    expect(answer.text).toBe('hello /2')
    expect(answer.headers.get('connection')).toBe('close')
    await served.empty()
  })

  it('lets a long idle connection go at once', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/1'))
    served.pass(30_000)
    served.clients.drain()
    served.pass(0)
    expect(await client.ending()).toBe('end')
  })

  it('does not wait for a connection whose response promised to keep it', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { length: 3, flush: true }))
            await sink.data(Buffer.from('a'))
            await gate.pass(x)
            await sink.data(Buffer.from('bc'))
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    served.clients.drain()
    gate.open()
    const answer = await client.response()
    expect(answer.headers.get('connection')).toBe('keep-alive')
    served.pass(1000)
    expect(await client.ending()).toBe('end')
  })

  it('is empty at once when nobody is connected, and when all are cut', async () => {
    let empty = 0
    const served = serve({ handlers: hello })
    served.clients.onEmpty = () => {
      empty++
    }
    served.clients.drain()
    expect(empty).toBe(1)
    const second = serve({ handlers: hello })
    const client = await second.client()
    await client.exchange(GET('/'))
    second.clients.drain()
    second.clients.closeAll()
    expect(await client.ending()).toBe('end')
    await second.empty()
  })
})
