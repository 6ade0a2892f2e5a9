import { expect, test } from 'vitest'
import type { NextCondition } from '../../src/forward/next-upstream.ts'
import {
  bothFramings,
  closeBeforeHead,
  garbage,
  hang,
  resetBeforeHead,
  resetOnAccept,
} from '../harness/faults.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { type OriginScript, origin } from '../harness/origin.ts'
import { bodyOf, Worker } from './driver.ts'

/** An upstream whose first peer behaves as `script` says and whose second is well. */
async function pair(script: OriginScript) {
  const worker = new Worker()
  const bad = await origin(script)
  const good = await httpOrigin(() => ({ body: 'good' }))
  const upstream = await worker.upstream([bad.address, good.address])
  return { worker, bad, good, upstream }
}

const ALL = new Set<NextCondition>(['error', 'timeout', 'invalid_header'])
const FAST = { readTimeout: 1000 }

test.each([
  ['resets when it has the request', resetBeforeHead, 'error', 502],
  ['resets at once', resetOnAccept, 'error', 502],
  ['closes without an answer', closeBeforeHead, 'error', 502],
  ['answers garbage', garbage, 'invalid_header', 502],
  ['answers with both framings', bothFramings, 'invalid_header', 502],
  ['does not answer', hang, 'timeout', 504],
] as const)('a peer that %s', async (_, script, condition, status) => {
  const { worker, good, bad, upstream } = await pair(script)
  const off = await worker.ask(upstream, { options: { ...FAST, next: new Set() } })
  expect(off.status).toBe(status)
  expect(good.requests).toHaveLength(0)
  for (const peer of upstream.list) {
    peer.fails = 0
    peer.currentWeight = 0
    peer.effectiveWeight = 1
  }
  const next = await worker.ask(upstream, { options: { ...FAST, next: new Set([condition]) } })
  expect([next.status, next.body]).toEqual([200, 'good'])
  expect(next.x.attempts?.map((each) => [each.peer, each.status])).toEqual([
    [bad.address, status],
    [good.address, 200],
  ])
  // The failure counts: the next request does not ask it again.
  expect(upstream.list[0]?.fails).toBe(1)
  await worker.ask(upstream, { options: FAST })
  expect(bad.accepted).toBe(2)
})

test('an address nobody listens on', async () => {
  const { worker, bad, upstream } = await pair(resetOnAccept)
  await bad.close()
  expect((await worker.ask(upstream)).body).toBe('good')
})

test('a name without an address', async () => {
  const worker = new Worker()
  const good = await httpOrigin(() => ({ body: 'good' }))
  const upstream = await worker.upstream(['no-such-name.invalid', good.address])
  const got = await worker.ask(upstream)
  expect(got.body).toBe('good')
  const alone = await worker.implicit('no-such-name.invalid')
  expect((await worker.ask(alone)).status).toBe(502)
})

test('a request that is not idempotent and was sent is not sent again', async () => {
  for (const method of ['POST', 'PATCH', 'LOCK']) {
    const { worker, good, upstream } = await pair(resetBeforeHead)
    const got = await worker.ask(upstream, { method, body: bodyOf('x'), options: { next: ALL } })
    expect(got.status).toBe(502)
    expect(good.requests).toHaveLength(0)
  }
})

test('non_idempotent allows it', async () => {
  const { worker, good, upstream } = await pair(resetBeforeHead)
  const next = new Set<NextCondition>(['error', 'non_idempotent'])
  const got = await worker.ask(upstream, {
    method: 'POST',
    body: bodyOf('again'),
    options: { next },
  })
  expect(got.status).toBe(200)
  expect(good.requests[0]?.body.toString()).toBe('again')
})

test('a request that is not idempotent goes on while nothing was sent', async () => {
  const { worker, good, bad, upstream } = await pair(resetOnAccept)
  await bad.close()
  const got = await worker.ask(upstream, { method: 'POST', body: bodyOf('once') })
  expect(got.status).toBe(200)
  expect(good.requests[0]?.body.toString()).toBe('once')
})

test('an idempotent request with a body is sent again with its body', async () => {
  const { worker, good, upstream } = await pair(resetBeforeHead)
  const got = await worker.ask(upstream, { method: 'PUT', body: bodyOf('again') })
  expect(got.status).toBe(200)
  expect(good.requests[0]?.body.toString()).toBe('again')
})

test.each([500, 502, 503, 504, 429, 403, 404])('http_%i asks the next peer', async (status) => {
  const worker = new Worker()
  const bad = await httpOrigin(() => ({ status, body: 'bad' }))
  const good = await httpOrigin(() => ({ body: 'good' }))
  const upstream = await worker.upstream([bad.address, good.address])
  const passed = await worker.ask(upstream)
  expect([passed.status, passed.body]).toEqual([status, 'bad'])
  expect(upstream.list[0]?.fails).toBe(0)
  await worker.ask(upstream)
  const next = new Set([`http_${status}` as NextCondition])
  const got = await worker.ask(upstream, { options: { next } })
  expect(got.body).toBe('good')
  expect(got.x.attempts?.map((each) => each.status)).toEqual([status, 200])
  // As in nginx, a peer that refuses or misses something has not failed.
  expect(upstream.list[0]?.fails).toBe(status === 403 || status === 404 ? 0 : 1)
})

test('the last peer’s answer is passed whatever it is', async () => {
  const worker = new Worker()
  const bad = await httpOrigin(() => ({ status: 503, body: 'sorry' }))
  const upstream = await worker.upstream([bad.address, bad.address])
  const got = await worker.ask(upstream, { options: { next: new Set(['http_503']) } })
  expect([got.status, got.body]).toEqual([503, 'sorry'])
  expect(got.x.attempts).toHaveLength(2)
})

test('proxy_next_upstream_tries limits the attempts', async () => {
  const worker = new Worker()
  const bad = await origin(closeBeforeHead)
  const upstream = await worker.upstream([bad.address, bad.address, bad.address])
  const got = await worker.ask(upstream, { options: { nextTries: 2 } })
  expect(got.status).toBe(502)
  expect(got.x.attempts).toHaveLength(2)
})

test('proxy_next_upstream_timeout limits the time for them', async () => {
  const { worker, good, upstream } = await pair(hang)
  const options = { readTimeout: 60, nextTimeout: 30 }
  expect((await worker.ask(upstream, { options })).status).toBe(504)
  expect(good.requests).toHaveLength(0)
})

test('answers 502 when no peer is left', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream([
    { name: '127.0.0.1:1', down: true },
    { name: '127.0.0.1:2', down: true },
  ])
  const got = await worker.ask(upstream)
  expect(got.status).toBe(502)
  expect(got.log).toEqual(['[error] no live upstreams while connecting to upstream'])
  expect(got.x.attempts?.map((each) => [each.peer, each.status])).toEqual([['backend', 502]])
})

test('a full peer is passed over', async () => {
  const worker = new Worker()
  const slow = await origin(hang)
  const good = await httpOrigin(() => ({ body: 'good' }))
  const upstream = await worker.upstream([{ name: slow.address, maxConns: 1 }, good.address])
  const waiting = worker.start(upstream)
  for (let i = 0; i < 3; i++) expect((await worker.ask(upstream)).body).toBe('good')
  waiting.x.onAbort?.(new Error() as never)
  expect(upstream.list.map((peer) => peer.active)).toEqual([0, 0])
})

/** Answers the first request of each connection, then closes as soon as another one comes. */
const once: OriginScript = async (peer) => {
  await peer.request()
  await peer.answer(`${peer.number}`)
  await peer.requestHead()
  if (peer.number === 1) peer.reset()
}

test('a kept connection that turns out to be closed is replaced, and nothing counts as failed', async () => {
  const { worker, bad, upstream } = await pair(once)
  expect((await worker.ask(upstream)).body).toBe('1')
  await worker.ask(upstream)
  const got = await worker.ask(upstream, { options: { next: new Set() } })
  expect([got.status, got.body]).toEqual([200, '2'])
  expect(got.x.attempts?.map((each) => each.peer)).toEqual([bad.address, bad.address])
  expect(got.log.filter((line) => line.startsWith('[error]'))).toEqual([])
  expect(upstream.list[0]?.fails).toBe(0)
})

test('a POST is not sent again over a new connection', async () => {
  const { worker, upstream } = await pair(once)
  await worker.ask(upstream)
  await worker.ask(upstream)
  const got = await worker.ask(upstream, { method: 'POST', body: bodyOf('x') })
  expect(got.status).toBe(502)
  expect(upstream.list[0]?.fails).toBe(0)
})
