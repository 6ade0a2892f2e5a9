import { expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { load } from '../harness/load.ts'
import { connect, type RawClient, request } from '../harness/raw-client.ts'
import { type GatewayOptions, startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { PATIENCE, scale } from './scale.ts'

const ROUNDS = scale(2, 50)

const yaml = (connections: number, peer: string) => `
events: { worker_connections: ${connections} }
http:
  client_header_timeout: 1s
  lingering_timeout: 200ms
  server:
    - listen: 127.0.0.1:%%PORT%% backlog=4096
      location:
        /: { return: 200 ok }
        /files/: { root: %%DIR%% }
        /peer: { proxy_pass: http://${peer} }
        = /status: { stub_status: on }
`

const CASES: readonly [what: string, connections: number, more: Partial<GatewayOptions>][] = [
  ['connections', 128, {}],
  ['descriptors', 4096, { openFiles: 200 }],
]

for (const [what, connections, more] of CASES) {
  test(
    `a worker out of ${what} goes on, and serves everybody who waits`,
    async () => {
      const backend = await httpOrigin()
      const gateway = await startGateway({
        yaml: yaml(connections, backend.address),
        files: { 'files/large': Buffer.alloc(200_000, 'l') },
        // A request whose peer finds no slot is told of.
        expected: ['worker_connections'],
        ...more,
      })
      const workers = gateway.workers()
      for (let round = 0; round < ROUNDS; round++) await exhaust(gateway)
      expect(gateway.workers()).toEqual(workers)
      await connectionsClosed(gateway.port())
      for (const path of ['/', '/files/large', '/peer']) {
        const startLine = `GET ${path}`
        const result = await load({
          target: gateway.port(),
          connections: 20,
          requests: 400,
          startLine,
        })
        expect(result).toMatchObject({ ok: 400, failures: {} })
      }
    },
    PATIENCE,
  )
}

/** Takes every connection in several ways; whoever asks properly is answered in the end. */
async function exhaust(gateway: Gateway): Promise<void> {
  const port = gateway.port()
  const silent = await many(100, port, '')
  const half = await many(100, port, 'GET / HTTP/1.1\r\nHost: x\r\n')
  const kept = await many(100, port, request('GET /'))
  const asking = await many(100, port, request('GET /files/large', { Connection: 'close' }))
  const proxied = await many(100, port, request('GET /peer', { Connection: 'close' }))
  for (const each of [...kept, ...asking]) expect((await each.response()).status).toBe(200)
  // A connection accepted into the last slot finds none for its peer.
  for (const each of proxied) expect([200, 500, 502, 503]).toContain((await each.response()).status)
  for (const each of [...silent, ...half, ...kept, ...asking, ...proxied]) each.destroy()
}

function many(count: number, port: number, bytes: string): Promise<RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await connect(port, { patience: 60_000 })
      if (bytes !== '') await client.send(bytes)
      return client
    }),
  )
}
