import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const yaml = (connections: number, location: string, grace = '1s') => `
events: { worker_connections: ${connections} }
http:
  keepalive_min_timeout: ${grace}
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          ${location}
`

test('a full worker closes idle connections first, the longest idle one before others', async () => {
  const gateway = await startGateway({ yaml: yaml(10, 'return: 200 ok', '0') })
  const idle: RawClient[] = []
  for (let i = 0; i < 10; i++) {
    const client = await connect(gateway.port())
    await client.exchange(request('GET /'))
    idle.push(client)
  }
  // Used again, so that it is no longer the one idle longest.
  await idle[0]?.exchange(request('GET /'))
  for (let i = 0; i < 4; i++) {
    const client = await connect(gateway.port())
    expect((await client.exchange(request('GET /'))).status).toBe(200)
  }
  expect(await idle[1]?.ending()).toBe('end')
  const last = idle.at(-1)
  expect((await last?.exchange(request('GET /')))?.status).toBe(200)
})

test('a worker full of busy connections pauses accepting and goes on when one is free', async () => {
  let release = () => undefined as undefined
  const held = new Promise<void>((resolve) => {
    release = () => void resolve()
  })
  const backend = await httpOrigin(async () => {
    await held
    return { body: 'late' }
  })
  const gateway = await startGateway({
    yaml: yaml(8, `proxy_pass: http://${backend.address}`),
    expected: ['worker_connections'],
  })
  const clients: RawClient[] = []
  for (let i = 0; i < 12; i++) {
    const client = await connect(gateway.port(), { patience: 15_000 })
    await client.send(request('GET /', { Connection: 'close' }))
    clients.push(client)
  }
  release()
  for (const client of clients) {
    const { status } = await client.response()
    // A connection that was accepted into the last slot finds none for its upstream.
    expect([200, 500, 502, 503]).toContain(status)
  }
  const after = await connect(gateway.port())
  expect((await after.exchange(request('GET /'))).status).toBe(200)
})

test('connections that wait for a slot are served, none is lost', async () => {
  const gateway = await startGateway({
    yaml: yaml(4, 'return: 200 ok'),
    expected: ['worker_connections'],
  })
  const served = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const client = await connect(gateway.port(), { patience: 20_000 })
      const response = await client.exchange(request('GET /', { Connection: 'close' }))
      client.destroy()
      return response.status
    }),
  )
  expect(served.every((status) => status === 200)).toBe(true)
})

test('half a head does not hold a slot for ever', async () => {
  const gateway = await startGateway({
    yaml: `
events: { worker_connections: 4 }
http:
  client_header_timeout: 500ms
  lingering_timeout: 200ms
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 ok } }
`,
    expected: ['worker_connections'],
  })
  for (let i = 0; i < 4; i++) await (await connect(gateway.port())).send('GET / HTTP/1.1\r\n')
  const client = await connect(gateway.port(), { patience: 15_000 })
  expect((await client.exchange(request('GET /'))).status).toBe(200)
})
