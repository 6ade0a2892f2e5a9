import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { startLoad } from '../harness/load.ts'
import { memoryOf } from '../harness/processes.ts'
import { connect, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { activeConnections, connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'

const SLOW = scale(300, 3000)
/** Times each slow client moves on a little. */
const MOVES = scale(5, 50)
const FILE = 4 * MEGABYTE

test(
  `${SLOW} clients each with a slow head, a slow body and a slow read hold nobody up`,
  async () => {
    const backend = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
    const gateway = await startGateway({
      yaml: `
events: { worker_connections: ${SLOW * 6} }
http:
  client_max_body_size: 0
  server:
    - listen: 127.0.0.1:%%PORT%% backlog=4096
      location:
        /: { return: 200 ok }
        /files/: { root: %%DIR%% }
        /up: { proxy_pass: http://${backend.address} }
        = /status: { stub_status: on }
`,
      files: { 'files/large': Buffer.alloc(FILE, 'l') },
    })
    const [worker = 0] = gateway.workers()
    const others = startLoad({ target: gateway.port(), connections: 4, think: 2 })
    await others.reached(2000)
    const before = memoryOf(worker)

    const heads = await clients(SLOW, gateway.port(), 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    const size = MOVES + 1
    const posting = request('POST /up', { 'Content-Length': String(size) })
    const bodies = await clients(SLOW, gateway.port(), posting)
    const readers = await clients(SLOW, gateway.port(), request('GET /files/large'))
    for (const { socket } of readers) socket.pause()
    for (let move = 0; move < MOVES; move++) {
      await others.reached(others.ok + 200)
      for (const each of [...heads, ...bodies]) await each.send('x')
    }
    await others.reached(others.ok + 200)
    expect(await activeConnections(gateway.port())).toBeGreaterThan(3 * SLOW)
    // A connection that waits holds its head or one output buffer of 32 KB, not its response.
    expect(memoryOf(worker) - before).toBeLessThan(SLOW * 2 * 65_536 + 64 * MEGABYTE)

    for (const each of heads) {
      expect((await each.exchange('\r\n\r\n')).text).toBe('ok')
      each.destroy()
    }
    for (const each of bodies) {
      expect((await each.exchange('x')).text).toBe(String(size))
      each.destroy()
    }
    for (const each of readers) {
      each.socket.resume()
      let received = 0
      await each.response({
        onData: (piece) => {
          received += piece.length
        },
      })
      expect(received).toBe(FILE)
      each.destroy()
    }
    expect((await others.stop()).failures).toEqual({})
    await connectionsClosed(gateway.port())
  },
  PATIENCE,
)

test(
  `${SLOW} clients that are too slow are let go`,
  async () => {
    const backend = await httpOrigin()
    const gateway = await startGateway({
      yaml: `
events: { worker_connections: ${SLOW * 6} }
http:
  client_header_timeout: 500ms
  client_body_timeout: 500ms
  send_timeout: 500ms
  lingering_timeout: 200ms
  server:
    - listen: 127.0.0.1:%%PORT%% backlog=4096
      location:
        /: { return: 200 ok }
        /files/: { root: %%DIR%% }
        /up: { proxy_pass: http://${backend.address} }
        = /status: { stub_status: on }
`,
      files: { 'files/large': Buffer.alloc(4 * FILE, 'l') },
    })
    const others = startLoad({ target: gateway.port(), connections: 4, think: 2 })
    const heads = await clients(SLOW, gateway.port(), 'GET / HTTP/1.1\r\nX-Slow: ')
    const bodies = await clients(
      SLOW,
      gateway.port(),
      request('POST /up', { 'Content-Length': '9' }),
    )
    const readers = await clients(SLOW, gateway.port(), request('GET /files/large'))
    for (const { socket } of readers) socket.pause()
    for (const each of [...heads, ...bodies]) expect((await each.response()).status).toBe(408)
    // Their places are free although they have read nothing and closed nothing.
    await until('slow readers to be let go', async () => {
      return (await activeConnections(gateway.port())) <= 5
    })
    for (const each of readers) {
      each.socket.resume()
      await expect(each.response({ onData: () => {} })).rejects.toThrow()
    }
    expect((await others.stop()).failures).toEqual({})
    for (const each of [...heads, ...bodies]) each.destroy()
    await connectionsClosed(gateway.port())
    expect(backend.requests).toEqual([])
  },
  PATIENCE,
)

/** Connects so many clients that each send these bytes. */
function clients(count: number, port: number, bytes: string): Promise<RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await connect(port, { patience: 30_000 })
      await client.send(bytes)
      return client
    }),
  )
}
