import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { counters } from '../../src/kernel/process/counters.ts'
import type { LocationSettings } from '../../src/kernel/settings/location.ts'
import { Head } from '../../src/wire/head.ts'
import { GET, type RawClient, request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { Handlers } from '../kernel/hand-made-plan.ts'
import { echo, gated, hello } from '../kernel/handlers.ts'
import { connectPaused, readAll, turns } from '../kernel/loopback.ts'
import { Gate, type Served, serve } from '../kernel/serve.ts'

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

/** A server and its client. */
interface Pair {
  readonly served: Served
  readonly client: RawClient
}

/** A client that has connected to a server of these handlers. */
async function connected(
  handlers: Handlers,
  settings: Partial<LocationSettings> = {},
): Promise<Pair> {
  const served = serve({ handlers, settings })
  return { served, client: await served.client() }
}

/** A client that has asked, and whose answer waits at the gate. */
async function waiting(): Promise<Pair & { readonly gate: Gate }> {
  const gate = new Gate()
  const pair = await connected(gated(gate))
  await pair.client.send(GET('/'))
  await gate.reached()
  return { ...pair, gate }
}

/** A client that has asked and does not read. */
async function unread(handlers: Handlers) {
  const served = serve({ handlers })
  const socket = await connectPaused(served.port)
  socket.write(GET('/'))
  await until('the response', () => counters.writing > 0)
  await turns(50)
  return { served, socket }
}

/** Sends pieces, and lets so many milliseconds pass after each. */
async function trickle({ served, client }: Pair, pieces: Iterable<string>, pause: number) {
  for (const piece of pieces) {
    await client.send(piece)
    await turns(20)
    served.pass(pause)
  }
}

/** Expects that the server closes its side, and that nothing is left when the client closes, too. */
async function expectLetGo({ served, client }: Pair) {
  expect(await client.ending()).toBe('end')
  client.destroy()
  await served.empty()
}

describe('a client that sends', () => {
  it('nothing is let go at client_header_timeout', async () => {
    const pair = await connected(hello)
    const { served } = pair
    await until('the connection', () => served.clients.size === 1)
    served.pass(59_999)
    expect(served.clients.size).toBe(1)
    served.pass(1)
    await expectLetGo(pair)
    expect(served.logged).toEqual([])
  })

  it('a part of a head gets 408 at client_header_timeout', async () => {
    const pair = await connected(hello)
    await trickle(pair, ['GET / HT'], 60_000)
    const answer = await pair.client.response()
    expect(answer.status).toBe(408)
    expect(answer.headers.get('connection')).toBe('close')
    await expectLetGo(pair)
    expect(pair.served.logged).toMatchObject([{ status: 408 }])
    expect(pair.served.errors.join('')).toContain('client timed out')
  })

  it('a head byte by byte has no more time than any other', async () => {
    const pair = await connected(hello)
    await trickle(pair, GET('/').slice(0, 12), 5000)
    expect((await pair.client.response()).status).toBe(408)
  })

  it('line ends alone for ever is let go as well', async () => {
    const pair = await connected(hello)
    await trickle(pair, Array(13).fill('\r\n'), 5000)
    expect(await pair.client.ending()).toBe('end')
  })

  it('line ends after a request does not keep its connection from idling', async () => {
    const pair = await connected(hello)
    await pair.client.exchange(GET('/'))
    await trickle(pair, Array(16).fill('\r\n'), 5000)
    expect(await pair.client.ending()).toBe('end')
  })

  it('a body too slowly makes its reader fail with 408', async () => {
    const { served, client } = await connected(echo)
    await client.send(request('POST /', { 'Content-Length': '10' }))
    await trickle({ served, client }, '012', 59_000)
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

  it.each([
    ['of a length', 'Content-Length: 5', '', 'hello'],
    ['in chunks', 'Transfer-Encoding: chunked', '5\r\n', 'hello\r\n0\r\n\r\n'],
  ])('a body %s is not hurried while nobody reads it', async (_, framing, part, rest) => {
    const gate = new Gate()
    const { served, client } = await connected([
      ['content', (x) => gate.pass(x).then(async () => x.respond(200, `${await x.body.bytes()}`))],
    ])
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${part}`)
    await gate.reached()
    served.pass(200_000)
    await turns(10)
    gate.open()
    expect((await client.exchange(rest)).text).toBe('hello')
  })

  it('nothing while its answer is made is waited for as long as that takes', async () => {
    const { served, client, gate } = await waiting()
    served.pass(3_600_000)
    gate.open()
    expect((await client.response()).text).toBe('late')
  })

  it('too slowly is reset where reset_timedout_connection says so', async () => {
    const { served, client: head } = await connected(echo, { reset_timedout_connection: true })
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
    const pair = await connected(hello)
    const { served, client } = pair
    await client.exchange(GET('/'))
    served.pass(1000)
    served.pass(73_999)
    expect(served.clients.size).toBe(1)
    served.pass(1)
    await expectLetGo(pair)
    expect(served.logged).toHaveLength(1)
  })

  it('is closed although its client does not close its side', async () => {
    const { served, client } = await connected(hello)
    await client.exchange(GET('/'))
    served.pass(1000)
    served.pass(74_000)
    expect(await client.ending()).toBe('end')
    // The client has a half-open connection; it may not keep the slot.
    served.pass(5000)
    await served.empty()
  })

  it('that a request comes over in time stays', async () => {
    const { served, client } = await connected(hello)
    for (let i = 0; i < 4; i++) {
      expect((await client.exchange(GET('/'))).text).toBe('hello /')
      served.pass(1000)
      served.pass(70_000)
    }
  })

  it('counts from the end of its last response', async () => {
    const { served, client, gate } = await waiting()
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
    const { served, socket } = await unread(flood)
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
    const { served, socket } = await unread(flood)
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
    const { served, socket } = await unread([
      ['content', (x) => x.respond(200, Buffer.alloc(MUCH))],
    ])
    served.pass(60_000)
    await served.empty()
    expect(served.logged).toHaveLength(1)
    socket.destroy()
  })
})
