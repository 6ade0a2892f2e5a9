import { Buffer } from 'node:buffer'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HeldOrigin, heldOrigin } from '../harness/held-origin.ts'
import { codeOf, connectHttp2, type Http2Client } from '../harness/http2-client.ts'
import {
  block,
  CODE,
  continuation,
  data,
  FLAG,
  frame,
  headers,
  ping,
  priority,
  reset,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../harness/http2-frames.ts'
import { memoryOf } from '../harness/processes.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'

/** Streams a client may have under way (`http2_max_concurrent_streams`). */
const MOST_STREAMS = 128
const MOST_WINDOW = 2 ** 31 - 1
const NOT_ENDED = FLAG.endHeaders
const BIG = 1_000_000

let gateway: Gateway
let held: HeldOrigin
let worker: number

beforeAll(async () => {
  held = await heldOrigin()
  gateway = await startGateway({
    files: { big: 'x'.repeat(BIG) },
    yaml: `
http:
  access_log: off
  server:
    - listen: 127.0.0.1:%%PORT%%
      http2: on
      root: "%%DIR%%"
      keepalive_requests: 100000
      location:
        /:
          return: 200 "some text"
        /held:
          proxy_pass: http://${held.address}
        = /big: {}
        = /timely:
          send_timeout: 300ms
          rewrite: ^ /big break
        = /status:
          stub_status: on
    - listen: 127.0.0.1:%%PORT_1%%
      http2: on
      client_header_timeout: 300ms
`,
    expected: ['client'],
  })
  const [first = 0] = gateway.workers()
  worker = first
})

function requestBlock(method: string, path: string, ...more: readonly [string, string][]): Buffer {
  const fixed = [
    [':scheme', 'http'],
    [':authority', 'localhost'],
  ] as const
  return block([':method', method], [':path', path], ...fixed, ...more)
}

/** The number of a client's stream, from 0 on. */
const idOf = (number: number) => number * 2 + 1

const HELD = requestBlock('GET', '/held')
const UPLOAD = requestBlock('POST', '/held')
const open = (number: number) => headers(idOf(number), UPLOAD, NOT_ENDED)

/** What one client sends again and again, and what it sends before. */
interface Flood {
  readonly before?: Uint8Array
  readonly each: (number: number) => Uint8Array
  /** So often nobody minds. */
  readonly fine: number
}

/** Of frames that nobody needs. */
const FRAMES: Readonly<Record<string, Flood>> = {
  SETTINGS: { each: () => settings([SETTING.window, 65_535]), fine: 500 },
  'SETTINGS with ACK': { each: () => frame(TYPE.settings, FLAG.ack, 0), fine: 500 },
  PING: { each: () => ping(), fine: 500 },
  'PING with ACK': { each: () => ping('nobody..', FLAG.ack), fine: 500 },
  PRIORITY: { each: (number) => priority(idOf(number)), fine: 500 },
  'WINDOW_UPDATE by a byte': { each: () => windowUpdate(0, 1), fine: 500 },
  'WINDOW_UPDATE of a stream': { before: open(0), each: () => windowUpdate(1, 1), fine: 500 },
  GOAWAY: { each: () => frame(TYPE.goAway, 0, 0, Buffer.alloc(8)), fine: 500 },
  'frames nobody knows': { each: () => frame(0x77, 0, 0, 'what?'), fine: 500 },
  'empty DATA': { before: open(0), each: () => data(1, ''), fine: 500 },
  'DATA of padding': {
    before: open(0),
    each: () => data(1, Buffer.concat([Buffer.of(9), Buffer.alloc(9)]), FLAG.padded),
    fine: 500,
  },
  'RST_STREAM of what is over': {
    before: Buffer.concat([open(0), reset(1, CODE.cancel)]),
    each: () => reset(1, CODE.cancel),
    fine: 500,
  },
  'DATA of what is over': {
    before: Buffer.concat([open(0), reset(1, CODE.cancel)]),
    each: () => data(1, 'x'),
    fine: 100,
  },
}

/** Of requests that are begun for nothing. */
const REQUESTS: Readonly<Record<string, Flood>> = {
  // CVE-2023-44487
  'requests that are broken off at once': {
    each: (number) =>
      Buffer.concat([headers(idOf(number), HELD), reset(idOf(number), CODE.cancel)]),
    fine: 100,
  },
  // CVE-2025-8671: the client makes the server reset what it has begun.
  ...madeToReset({
    'WINDOW_UPDATE by 0': (id) => windowUpdate(id, 0),
    'WINDOW_UPDATE beyond the widest': (id) =>
      Buffer.concat([windowUpdate(id, MOST_WINDOW), windowUpdate(id, MOST_WINDOW)]),
    'PRIORITY of a wrong size': (id) => frame(TYPE.priority, 0, id, '1234'),
    'a dependency on itself': (id) => priority(id, id),
    'HEADERS amid the body': (id) => headers(id, block(['x', 'y']), NOT_ENDED),
    'pseudo-fields as trailers': (id) => headers(id, HELD),
    'DATA behind the end': (id) =>
      Buffer.concat([data(id, 'x', FLAG.endStream), data(id, 'x', FLAG.endStream)]),
  }),
  'bodies that are longer than announced': {
    each: (number) =>
      Buffer.concat([
        headers(idOf(number), requestBlock('POST', '/held', ['content-length', '1']), NOT_ENDED),
        data(idOf(number), 'xx'),
      ]),
    fine: 100,
  },
  // CVE-2019-9516
  'fields without a name': {
    each: (number) => headers(idOf(number), Buffer.concat([HELD, block(['', ''], ['', ''])])),
    fine: 100,
  },
  'requests beyond those that may be under way': {
    before: Buffer.concat(Array.from({ length: MOST_STREAMS }, (_, i) => open(i))),
    each: (number) => headers(idOf(number + MOST_STREAMS), HELD),
    fine: 500,
  },
}

function madeToReset(ways: Readonly<Record<string, (id: number) => Uint8Array>>) {
  const floods: Record<string, Flood> = {}
  for (const [name, way] of Object.entries(ways)) {
    const each = (number: number) => Buffer.concat([open(number), way(idOf(number))])
    floods[`requests that are reset for ${name}`] = { each, fine: 100 }
  }
  return floods
}

/** Frames that are sent at most; long before, the server has to have had enough. */
const FLOOD = 3000

const repeated = (flood: Flood, from: number, to: number) =>
  Buffer.concat(Array.from({ length: to - from }, (_, i) => flood.each(from + i)))

async function isAlive(client: Http2Client): Promise<void> {
  await client.send(ping('alive???'))
  const came = await client.find(({ type, payload }) => {
    return type === TYPE.goAway || (type === TYPE.ping && payload.toString() === 'alive???')
  })
  expect(came?.type).toBe(TYPE.ping)
}

async function isSentAway(client: Http2Client, code: number): Promise<void> {
  const came = await client.find(({ type }) => type === TYPE.goAway)
  expect(came && codeOf(came)).toBe(code)
}

describe.each(Object.entries({ ...FRAMES, ...REQUESTS }))('%s', (_, flood) => {
  test(`are fine ${flood.fine} times, but not without end`, async () => {
    const client = await connectHttp2(gateway.port())
    if (flood.before) await client.send(flood.before)
    await client.send(repeated(flood, 0, flood.fine))
    await isAlive(client)
    await client.send(repeated(flood, flood.fine, FLOOD))
    await isSentAway(client, CODE.calm)
  })
})

test('requests that are broken off reach no upstream without end', async () => {
  const before = held.accepted
  const client = await connectHttp2(gateway.port())
  await client.send(repeated(REQUESTS['requests that are broken off at once'] as Flood, 0, FLOOD))
  await isSentAway(client, CODE.calm)
  expect(held.accepted - before).toBeLessThan(400)
})

test('header blocks have an end, in frames and in bytes (CVE-2024-27316)', async () => {
  for (const each of [
    Buffer.alloc(0),
    Buffer.from('\0\x01a\x01b'),
    Buffer.alloc(16_384, '\0\x01a\x01b'),
  ]) {
    const client = await connectHttp2(gateway.port())
    await client.send(headers(1, HELD, FLAG.endStream))
    await client.send(...Array.from({ length: 100 }, () => continuation(1, each, 0)))
    await isSentAway(client, CODE.calm)
  }
})

test('a header bomb is refused, the next request is not', async () => {
  const client = await connectHttp2(gateway.port())
  const field = Buffer.concat([
    Buffer.from('\x40\x01a\x7f\xa1\x1e', 'latin1'),
    Buffer.alloc(4000, 'b'),
  ])
  await client.send(headers(1, Buffer.concat([HELD, field])), reset(1, CODE.cancel))
  for (let id = 3; id < 100; id += 2) {
    await client.send(
      headers(id, Buffer.concat([requestBlock('GET', '/'), Buffer.alloc(10_000, 0xbe)])),
    )
    expect((await client.answer(id)).status).toBe(400)
  }
  await client.send(headers(101, requestBlock('GET', '/')))
  expect((await client.answer(101)).status).toBe(200)
})

test('a frame that is too long is not waited for', async () => {
  for (const type of [TYPE.data, TYPE.headers, TYPE.settings, TYPE.goAway, 0x77]) {
    const client = await connectHttp2(gateway.port())
    // Its head alone.
    await client.send(Buffer.of(0, 0x40, 1, type, 0, 0, 0, 0, 1))
    await isSentAway(client, CODE.frameSize)
  }
})

test('who takes a byte at a time is sent away (CVE-2019-9511)', async () => {
  const client = await connectHttp2(gateway.port(), { settings: [[SETTING.window, 0]] })
  await client.send(headers(1, requestBlock('GET', '/big')))
  await client.send(...Array.from({ length: FLOOD }, () => windowUpdate(1, 1)))
  await isSentAway(client, CODE.calm)
})

test('what nobody takes is not read from the disk, nor kept', async () => {
  const before = memoryOf(worker)
  const clients: Http2Client[] = []
  for (let i = 0; i < 5; i++) {
    const client = await connectHttp2(gateway.port(), { settings: [[SETTING.window, 0]] })
    clients.push(client)
    const requests = Array.from({ length: 100 }, (_, n) =>
      headers(idOf(n), requestBlock('GET', '/big')),
    )
    await client.send(...requests)
    for (let heads = 0; heads < 100; heads++) {
      const came = await client.find(({ type }) => type !== TYPE.windowUpdate)
      expect(came?.type).toBe(TYPE.headers)
    }
  }
  // 500 MB in all.
  expect(memoryOf(worker) - before).toBeLessThan(100 * 2 ** 20)
  for (const client of clients) client.wire.destroy()
})

test('who takes nothing in time loses the stream', async () => {
  const client = await connectHttp2(gateway.port(), { settings: [[SETTING.window, 10]] })
  await client.send(headers(1, requestBlock('GET', '/timely')))
  const came = await client.find(({ type }) => type === TYPE.reset)
  expect(came && [came.stream, codeOf(came)]).toEqual([1, CODE.cancel])
  await isAlive(client)
})

test('who does not finish a header block is not waited for', async () => {
  const client = await connectHttp2(gateway.port(1))
  await client.send(headers(1, HELD, FLAG.endStream))
  await client.find(({ type }) => type === TYPE.goAway)
  await client.wire.ending()
})

const early = (number: number) => headers(idOf(number), requestBlock('POST', '/'), NOT_ENDED)

test('who was answered early may send the little that is on its way', async () => {
  const client = await connectHttp2(gateway.port())
  await client.send(early(0))
  expect((await client.answer(1)).status).toBe(200)
  await client.send(data(1, Buffer.alloc(10_000)), data(1, 'x', FLAG.endStream), ping())
  expect((await client.find(({ type }) => type === TYPE.ping || type === TYPE.reset))?.type).toBe(
    TYPE.ping,
  )
  // And that was all of it.
  await client.send(data(1, 'x'))
  const came = await client.find(({ type }) => type === TYPE.reset)
  expect(came && codeOf(came)).toBe(CODE.streamClosed)
})

test('who was answered early and goes on is told to stop', async () => {
  const client = await connectHttp2(gateway.port())
  await client.send(early(0))
  expect((await client.answer(1)).status).toBe(200)
  await client.send(data(1, Buffer.alloc(10_000)), data(1, Buffer.alloc(10_000)))
  const came = await client.find(({ type }) => type === TYPE.reset)
  expect(came && [came.stream, codeOf(came)]).toEqual([1, CODE.none])
  // What was on its way is nobody's fault.
  await client.send(data(1, Buffer.alloc(10_000), FLAG.endStream))
  await isAlive(client)
})

test('sixteen may have been answered early, then the first is told to stop', async () => {
  const client = await connectHttp2(gateway.port())
  await client.send(...Array.from({ length: 18 }, (_, number) => early(number)))
  for (const stream of [1, 3]) {
    const came = await client.find(({ type }) => type === TYPE.reset)
    expect(came && [came.stream, codeOf(came)]).toEqual([stream, CODE.none])
  }
  await isAlive(client)
})

test('the worker is the same, and nothing is left of them', async () => {
  held.release()
  expect(gateway.workers()).toEqual([worker])
  const client = await connectHttp2(gateway.port())
  await client.send(headers(1, requestBlock('GET', '/')))
  expect((await client.answer(1)).body.toString()).toBe('some text')
  client.wire.destroy()
  await connectionsClosed(gateway.port())
  expect(memoryOf(worker)).toBeLessThan(300 * 2 ** 20)
})
