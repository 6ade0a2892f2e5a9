import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { load } from '../harness/load.ts'
import { origin } from '../harness/origin.ts'
import { descriptorsOf, memoryOf } from '../harness/processes.ts'
import { connect, get, RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const MEGABYTE = 2 ** 20
/** How large the bodies are; `GATEWAY_LONG=1` shows the same with far more. */
const SIZE = (process.env.GATEWAY_LONG ? 10_240 : 200) * MEGABYTE
const REQUESTS = process.env.GATEWAY_LONG ? 1_000_000 : 20_000
const ABORTED = 10_000
/** What a worker may grow by, whatever flows through it. */
const ALLOWED = 100 * MEGABYTE
const LONG = 900_000

let gateway: Gateway
let worker: number

beforeAll(async () => {
  const piece = Buffer.alloc(MEGABYTE, 'x')
  const large = await origin(async (peer) => {
    const head = await peer.requestHead()
    const length = Number(head?.headers.get('content-length') ?? 0)
    let left = length
    while (left > 0 && (peer.incoming.size > 0 || (await peer.incoming.more()))) {
      left -= peer.incoming.drain().length
    }
    if (length > 0) return peer.answer(`${length - left}`)
    const framing = head?.target === '/chunked' ? 'X: y' : `Content-Length: ${SIZE}`
    await peer.send(`HTTP/1.1 200 OK\r\n${framing}\r\nConnection: close\r\n\r\n`)
    for (let sent = 0; sent < SIZE && !peer.closed; sent += piece.length) await peer.send(piece)
  })
  gateway = await startGateway({
    yaml: `
events: { worker_connections: 2048 }
http:
  client_max_body_size: 0
  proxy_request_buffering: off
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          proxy_pass: http://${large.address}
        /ok:
          return: 200 ok
        = /status:
          stub_status: on
`,
    // Ten thousand clients leave before they are answered.
    expected: ['upstream'],
  })
  worker = gateway.workers()[0] ?? 0
  // What a worker allocates once is no leak.
  await load({ target: gateway.port(), connections: 20, requests: 2000, startLine: 'GET /ok' })
})

/** The most memory the worker had while something ran, above what it had before. */
async function growthDuring(run: () => Promise<void>): Promise<number> {
  const before = memoryOf(worker)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(worker))
  }, 20)
  await run()
  clearInterval(timer)
  return most - before
}

test.each([
  ['of known length', '/known'],
  ['of unknown length', '/chunked'],
])(
  'a response %s flows through in constant memory, to a slow client as well',
  async (_, path) => {
    const growth = await growthDuring(async () => {
      const client = await connect(gateway.port())
      let received = 0
      await client.exchange(request(`GET ${path}`), {
        onData: (bytes) => {
          received += bytes.length
          // A pause now and then makes the gateway wait for its client.
          if (Math.random() < 0.01) {
            client.socket.pause()
            setTimeout(() => client.socket.resume(), 20)
          }
        },
      })
      expect(received).toBe(SIZE)
    })
    expect(growth).toBeLessThan(ALLOWED)
  },
  LONG,
)

test(
  'a request body flows through in constant memory',
  async () => {
    const growth = await growthDuring(async () => {
      const client = await connect(gateway.port(), { patience: 60_000 })
      const piece = Buffer.alloc(MEGABYTE, 'x')
      await client.send(`POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: ${SIZE}\r\n\r\n`)
      for (let sent = 0; sent < SIZE; sent += piece.length) await client.send(piece)
      expect((await client.response()).text).toBe(String(SIZE))
    })
    expect(growth).toBeLessThan(ALLOWED)
  },
  LONG,
)

test(
  `memory is flat over ${REQUESTS} requests`,
  async () => {
    const growth = await growthDuring(async () => {
      const result = await load({
        target: gateway.port(),
        connections: 32,
        requests: REQUESTS,
        startLine: 'GET /ok',
      })
      expect(result.failures).toEqual({})
    })
    expect(growth).toBeLessThan(ALLOWED / 2)
  },
  LONG,
)

test(
  `nothing is left of ${ABORTED} aborted requests`,
  async () => {
    const descriptors = descriptorsOf(worker)
    const growth = await growthDuring(async () => {
      await Promise.all(Array.from({ length: 50 }, () => abortMany(ABORTED / 50)))
      await until('connections to be closed', async () => {
        const { text } = await get(gateway.port(), '/status')
        return /^Active connections: (\d+)/.exec(text)?.[1] === '1'
      })
    })
    expect(growth).toBeLessThan(ALLOWED)
    await until('descriptors to be closed', () => descriptorsOf(worker) <= descriptors + 2)
  },
  LONG,
)

/** Asks for a large response and resets at some moment: before, in or after its head. */
async function abortMany(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const client = await RawClient.open(gateway.port())
    await client.send(request('GET /known'))
    if (i % 2 === 0) await client.incoming.more()
    client.reset()
  }
}
