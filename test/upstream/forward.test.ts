import { expect, test } from 'vitest'
import { origin } from '../harness/origin.ts'
import { bodyOf, Worker } from './driver.ts'

test('asks over one connection as long as it is kept', async () => {
  const worker = new Worker()
  const backend = await origin(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await peer.answer(`${peer.number} ${request.method} ${request.target}`)
    }
  })
  const upstream = await worker.implicit(backend.address)
  for (const target of ['/a', '/b', '/c']) {
    const got = await worker.ask(upstream, { target })
    expect([got.status, got.body]).toEqual([200, `1 GET ${target}`])
  }
  expect(backend.accepted).toBe(1)
  expect(upstream.pool.idle).toBe(1)
})

test('sends a body with its length', async () => {
  const worker = new Worker()
  const backend = await origin(async (peer) => {
    const request = await peer.request()
    await peer.answer(`${request?.headers.get('content-length')} ${request?.body.toString()}`)
  })
  const upstream = await worker.implicit(backend.address)
  const got = await worker.ask(upstream, { method: 'POST', body: bodyOf('hello') })
  expect(got.body).toBe('5 hello')
})

test('answers 502 when a peer refuses the connection', async () => {
  const worker = new Worker()
  const backend = await origin(() => undefined)
  await backend.close()
  const upstream = await worker.implicit(backend.address)
  const got = await worker.ask(upstream)
  expect(got.status).toBe(502)
  expect(got.log).toEqual([
    '[error] connect() failed (111: Connection refused) while connecting to upstream',
  ])
})
