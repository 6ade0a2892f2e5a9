import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Head } from '../../src/kernel/filter/head.ts'
import { request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { Handlers } from './hand-made-plan.ts'
import { connectPaused, readAll, turns } from './loopback.ts'
import { Gate, serve } from './serve.ts'

const hello: Handlers = [['content', (x) => x.respond(200, 'hello')]]
const GET = (path: string, headers = {}) => request(`GET ${path}`, headers)
const MUCH = 8 * 2 ** 20

/** Sends much more than a client that does not read can take. */
const flood: Handlers = [
  [
    'content',
    async (x: Exchange) => {
      const sink = x.send(Object.assign(new Head(200), { length: 4 * MUCH }))
      for (let i = 0; i < 4 && !x.aborted; i++) await sink.data(Buffer.alloc(MUCH, `${i}`))
      await sink.end()
      return 'done' as const
    },
  ],
]

describe('a client that sends', () => {
  it('nothing is let go at client_header_timeout', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await until('the connection', () => served.clients.size === 1)
    served.pass(59_999)
    expect(served.clients.size).toBe(1)
    served.pass(1)
    expect(await client.ending()).toBe('end')
    client.destroy()
    await served.empty()
    expect(served.logged).toEqual([])
  })

  it('a part of a head gets 408 at client_header_timeout', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.send('GET / HT')
    await turns(20)
    served.pass(60_000)
    const answer = await client.response()
    expect(answer.status).toBe(408)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    client.destroy()
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 408 }])
    expect(served.errors.join('')).toContain('client timed out')
  })

  it('a head byte by byte has no more time than any other', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    for (const byte of GET('/').slice(0, 12)) {
      await client.send(byte)
      await turns(20)
      served.pass(5000)
    }
    expect((await client.response()).status).toBe(408)
  })

  it('line ends alone for ever is let go as well', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    for (let i = 0; i < 13; i++) {
      await client.send('\r\n')
      await turns(20)
      served.pass(5000)
    }
    expect(await client.ending()).toBe('end')
  })

  it('line ends after a request does not keep its connection from idling', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/'))
    for (let i = 0; i < 16; i++) {
      await client.send('\r\n')
      await turns(20)
      served.pass(5000)
    }
    expect(await client.ending()).toBe('end')
  })

  it('a body too slowly makes its reader fail with 408', async () => {
    const served = serve({
      handlers: [['content', async (x) => x.respond(200, `${await x.body.bytes()}`)]],
    })
    const client = await served.client()
    await client.send(request('POST /', { 'Content-Length': '10' }))
    for (const byte of '012') {
      await client.send(byte)
      await turns(20)
      served.pass(59_000)
    }
    await turns(20)
    expect(client.incoming.size).toBe(0)
    served.pass(1000)
    expect((await client.response()).status).toBe(408)
    expect(await client.ending()).toBe('end')
    await client.send('3456789')
    client.destroy()
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 408 }])
  })

  it('a body is not hurried while nobody reads it', async () => {
    let gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            await gate.pass(x)
            return x.respond(200, `${await x.body.bytes()}`)
          },
        ],
      ],
    })
    for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
      gate = new Gate()
      const client = await served.client()
      const part = framing.startsWith('T') ? '5\r\n' : ''
      const rest = framing.startsWith('T') ? '\r\n0\r\n\r\n' : ''
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${part}`)
      await until('the request', () => gate.waiting.length === 1)
      served.pass(200_000)
      await turns(10)
      gate.open()
      expect((await client.exchange(`hello${rest}`)).text).toBe('hello')
    }
  })

  it('nothing while its answer is made is waited for as long as that takes', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [['content', (x) => gate.pass(x).then(() => x.respond(200, 'late'))]],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    served.pass(3_600_000)
    gate.open()
    expect((await client.response()).text).toBe('late')
  })

  it('too slowly is reset where reset_timedout_connection says so', async () => {
    const served = serve({
      handlers: [['content', async (x) => x.respond(200, `${await x.body.bytes()}`)]],
      settings: { reset_timedout_connection: true },
    })
    const head = await served.client()
    await head.send('GET / HT')
    const body = await served.client()
    await body.send(request('POST /', { 'Content-Length': '10' }))
    await turns(20)
    served.pass(60_000)
    expect(await head.ending()).toBe('reset')
    expect(await body.ending()).toBe('reset')
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 408 }])
  })
})

describe('an idle connection', () => {
  it('is closed at keepalive_timeout', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/'))
    served.pass(1000)
    served.pass(73_999)
    expect(served.clients.size).toBe(1)
    served.pass(1)
    expect(await client.ending()).toBe('end')
    client.destroy()
    await served.empty()
    expect(served.logged).toHaveLength(1)
  })

  it('is closed although its client does not close its side', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/'))
    served.pass(1000)
    served.pass(74_000)
    expect(await client.ending()).toBe('end')
    // The client has a half-open connection; it may not keep the slot.
    served.pass(5000)
    await served.empty()
  })

  it('that a request comes over in time stays', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    for (let i = 0; i < 4; i++) {
      expect((await client.exchange(GET('/'))).text).toBe('hello')
      served.pass(1000)
      served.pass(70_000)
    }
  })

  it('counts from the end of its last response', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [['content', (x) => gate.pass(x).then(() => x.respond(200, 'late'))]],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    served.pass(100_000)
    gate.open()
    await client.response()
    served.pass(1000)
    served.pass(70_000)
    expect(served.clients.size).toBe(1)
  })
})

describe('a client that takes', () => {
  it('nothing of its response is let go at send_timeout', async () => {
    const served = serve({ handlers: flood })
    const socket = await connectPaused(served.port)
    socket.write(GET('/'))
    await until(
      'the response',
      () => served.slots.used === 1 && served.clients.counters.writing > 0,
    )
    await turns(50)
    served.pass(60_000)
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 200, aborted: true }])
    expect(served.errors.join('')).toContain('client timed out')
    const got = (await readAll(socket)).length
    expect(got).toBeLessThan(4 * MUCH)
    // The logs tell what left, not what was poured.
    const [logged] = served.logged
    expect(logged?.sent).toBe(got)
    expect(logged?.bodySent).toBeLessThan(got)
    expect(logged?.bodySent).toBeGreaterThan(got - 500)
  })

  it('something now and then has time', async () => {
    const served = serve({ handlers: flood })
    const socket = await connectPaused(served.port)
    socket.write(GET('/'))
    await turns(50)
    let got = 0
    let enough = 0
    socket.on('data', (chunk) => {
      got += chunk.length
      if (got >= enough) socket.pause()
    })
    while (got < 4 * MUCH) {
      enough = Math.min(got + 2 ** 21, 4 * MUCH)
      socket.resume()
      await until('some bytes', () => got >= enough)
      await turns(20)
      // Less than half of send_timeout: the system tells of room in steps of its own.
      served.pass(25_000)
    }
    await until('the log', () => served.logged.length > 0)
    expect(served.logged).toMatchObject([{ status: 200, aborted: false, bodySent: 4 * MUCH }])
  })

  it('nothing more when only the end of its response waits is let go as well', async () => {
    const served = serve({
      handlers: [['content', (x) => x.respond(200, Buffer.alloc(MUCH))]],
    })
    const socket = await connectPaused(served.port)
    socket.write(GET('/'))
    await until('the request', () => served.clients.counters.writing > 0)
    await turns(50)
    served.pass(60_000)
    await served.empty()
    expect(served.logged).toHaveLength(1)
    socket.destroy()
  })
})

describe('small output', () => {
  it('held back by postpone_output leaves when more takes too long', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(new Head(200))
            await sink.data(Buffer.from('first '))
            await gate.pass(x)
            await sink.data(Buffer.from('last'))
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    await turns(20)
    expect(client.incoming.size).toBe(0)
    served.pass(100)
    const begun = await client.incoming.until('first \r\n')
    expect(begun.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    gate.open()
    expect((await client.incoming.until('0\r\n\r\n')).toString()).toBe('4\r\nlast\r\n0\r\n\r\n')
  })

  it('is not held back where the head asks for each chunk to be flushed', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { flush: true }))
            await sink.data(Buffer.from('now'))
            await gate.pass(x)
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    expect((await client.incoming.until('now\r\n')).toString()).toContain('\r\n3\r\nnow\r\n')
    gate.open()
    await client.incoming.until('0\r\n\r\n')
  })

  it('includes a head whose body lets wait for itself, where it asks to be flushed', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { flush: true, length: 3 }))
            await gate.pass(x)
            await sink.data(Buffer.from('now'))
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await until('the request', () => gate.waiting.length === 1)
    served.pass(100)
    expect((await client.incoming.until('\r\n\r\n')).toString()).toContain('Content-Length: 3')
    gate.open()
    await client.incoming.until('now')
  })
})
