import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Verdict } from '../../src/kernel/phase/verdict.ts'
import { counters } from '../../src/kernel/process/counters.ts'
import { Head } from '../../src/wire/head.ts'
import { GET, request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { gated, hello } from '../kernel/handlers.ts'
import { connectPaused, turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

const MUCH = 8 * 2 ** 20

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
    await gate.reached()
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
      await until('the request', () => counters.writing > 0)
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
    await until('the response', () => counters.writing > 0)
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
    await gate.reached()
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
