import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { until } from '../harness/wait.ts'
import { Worker } from './driver.ts'

/** Starts `count` requests that are answered together, so that each has a connection of its own. */
async function together(count: number) {
  let arrived = 0
  let open: () => void
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const backend = await httpOrigin(async () => {
    if (++arrived === count) open()
    await gate
    return { body: 'x' }
  })
  return backend
}

test('keeps as many idle connections as it may, the most recently used', async () => {
  const worker = new Worker()
  const backend = await together(4)
  const upstream = await worker.upstream([backend.address], { keepalive: 2 })
  await Promise.all([1, 2, 3, 4].map(() => worker.ask(upstream)))
  expect(upstream.pool.idle).toBe(2)
  expect(worker.slots.used).toBe(2)
  await until('two connections left', () => backend.open === 2)
})

test('keeps none with keepalive 0', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.upstream([backend.address], { keepalive: 0 })
  await worker.ask(upstream)
  await worker.ask(upstream)
  expect(backend.accepted).toBe(2)
  expect(worker.slots.used).toBe(0)
})

test('takes the connection that was used last', async () => {
  const worker = new Worker()
  const backend = await together(3)
  const upstream = await worker.upstream([backend.address])
  await Promise.all([1, 2, 3].map(() => worker.ask(upstream)))
  await worker.ask(upstream)
  const last = backend.requests.at(-1)?.connection
  await worker.ask(upstream)
  expect(backend.requests.at(-1)?.connection).toBe(last)
  expect(upstream.pool.idle).toBe(3)
})

test('closes a connection that was idle for keepalive_timeout', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.upstream([backend.address], { keepalive_timeout: 50 })
  await worker.ask(upstream)
  expect(backend.open).toBe(1)
  await until('the connection to be closed', () => backend.open === 0)
  expect(worker.slots.used).toBe(0)
  expect(upstream.pool.idle).toBe(0)
})

test('carries keepalive_requests requests over one connection', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.upstream([backend.address], { keepalive_requests: 2 })
  for (let i = 0; i < 5; i++) await worker.ask(upstream)
  expect(backend.requests.map((each) => each.connection)).toEqual([1, 1, 2, 2, 3])
})

test('closes a connection older than keepalive_time with its next response', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.upstream([backend.address], { keepalive_time: 30 })
  await worker.ask(upstream)
  expect(upstream.pool.idle).toBe(1)
  const opened = Date.now()
  await until('the connection to be old', () => Date.now() - opened > 40)
  await worker.ask(upstream)
  expect(backend.accepted).toBe(1)
  expect(upstream.pool.idle).toBe(0)
})

test('closes an idle connection that ends, or says anything', async () => {
  for (const last of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked']) {
    const worker = new Worker()
    let speak!: () => void
    const spoken = new Promise<void>((resolve) => {
      speak = resolve
    })
    const backend = await origin(async (peer) => {
      await peer.request()
      await peer.answer('first')
      await spoken
      if (last !== '') {
        await peer.send(last)
        await peer.ending()
      }
    })
    const upstream = await worker.implicit(backend.address)
    await worker.ask(upstream)
    expect(upstream.pool.idle).toBe(1)
    speak()
    await until('the connection to be dropped', () => upstream.pool.idle === 0)
    expect(worker.slots.used).toBe(0)
  }
})

test('gives idle connections up when slots are wanted', async () => {
  const worker = new Worker(2)
  const first = await httpOrigin()
  const second = await httpOrigin()
  const third = await httpOrigin()
  const upstreams = await Promise.all(
    [first, second, third].map((each) => worker.implicit(each.address)),
  )
  for (const upstream of upstreams) await worker.ask(upstream)
  expect(worker.slots.used).toBeLessThanOrEqual(2)
  expect(upstreams.map((each) => each.pool.idle).at(-1)).toBe(1)
})

test('answers 500 when every slot is busy', async () => {
  const worker = new Worker(1)
  const backend = await together(2)
  const upstream = await worker.implicit(backend.address)
  const first = worker.start(upstream)
  const second = await worker.ask(upstream)
  expect(second.status).toBe(500)
  expect(second.log).toEqual(['[error] 1 worker_connections are not enough'])
  first.x.onAbort?.(new Error() as never)
  expect(worker.slots.used).toBe(0)
})
