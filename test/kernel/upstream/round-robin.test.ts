import { expect, test } from 'vitest'
import { clock } from '../../../src/base/clock.ts'
import type { Exchange } from '../../../src/kernel/exchange/exchange.ts'
import {
  noteChosen,
  noteFailure,
  noteSuccess,
  UNSHARED,
} from '../../../src/kernel/upstream/health.ts'
import type { Peer } from '../../../src/kernel/upstream/peer.ts'
import { nextByWeight } from '../../../src/kernel/upstream/round-robin.ts'
import type { Upstream } from '../../../src/kernel/upstream/upstream.ts'
import { Worker } from '../../forward/driver.ts'

const x = {} as Exchange
const NONE: ReadonlySet<Peer> = new Set()

/** The last digits of the peers that are chosen one after another. */
function choose(upstream: Upstream, times: number, now = Date.now()): string {
  clock.now = now
  return Array.from({ length: times }, () => {
    return nextByWeight(upstream, upstream.list, NONE)?.name.slice(-1) ?? '-'
  }).join('')
}

function peersOf(...weights: number[]) {
  return new Worker().upstream(
    weights.map((weight, i) => ({ name: `127.0.0.1:800${i + 1}`, weight })),
  )
}

// The sequences nginx itself gives.
test.each([
  [[1, 1, 1], '123123123'],
  [[5, 1, 1], '1121311'],
  [[3, 1, 2], '131231'],
  [[4, 2, 1], '1213121'],
  [[1, 2], '212212'],
  [[1], '1111'],
])('weights %j give %s', async (weights, sequence) => {
  const upstream = await peersOf(...weights)
  expect(choose(upstream, sequence.length * 2)).toBe(sequence + sequence)
})

test('a failure lowers a weight, and each choice gives one back', async () => {
  const upstream = await peersOf(3, 3)
  const [first] = upstream.list as [Peer, Peer]
  noteFailure(first, Date.now(), UNSHARED)
  expect(first.effectiveWeight).toBe(0)
  first.fails = 0
  expect(choose(upstream, 8)).toBe('22121212')
  expect(first.effectiveWeight).toBe(3)
})

test('leaves out who is down, tried, full or failed out', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream([
    { name: '127.0.0.1:8001', down: true },
    { name: '127.0.0.1:8002' },
    { name: '127.0.0.1:8003', maxConns: 1 },
    { name: '127.0.0.1:8004', maxFails: 2, failTimeout: 1000 },
  ])
  const [, second, third, fourth] = upstream.list as [Peer, Peer, Peer, Peer]
  expect(upstream.tries).toBe(3)
  expect(choose(upstream, 3)).toBe('234')
  third.active = 1
  expect(choose(upstream, 4)).toBe('2424')
  const now = Date.now()
  noteFailure(fourth, now, UNSHARED)
  expect(choose(upstream, 4, now)).toContain('4')
  expect(noteFailure(fourth, now, UNSHARED)).toBe(true)
  expect(choose(upstream, 3, now + 1000)).toBe('222')
  expect(upstream.next(x, new Set([second]))).toBeUndefined()
  expect(choose(upstream, 4, now + 1001)).toContain('4')
})

test('asks backups only when no other peer is usable', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream([
    { name: '127.0.0.1:8001' },
    { name: '127.0.0.1:8002', backup: true },
    { name: '127.0.0.1:8003', backup: true },
  ])
  const [first, second] = upstream.list as [Peer, Peer]
  expect(upstream.next(x, NONE)).toBe(first)
  expect(upstream.next(x, NONE)).toBe(first)
  expect(upstream.next(x, new Set([first]))).toBe(second)
  expect(upstream.next(x, new Set(upstream.list))).toBeUndefined()
})

test('a peer on its own never fails out', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream(['127.0.0.1:8001'])
  const [only] = upstream.list as [Peer]
  for (let i = 0; i < 5; i++) noteFailure(only, Date.now(), UNSHARED)
  expect(upstream.next(x, NONE)).toBe(only)
  expect(upstream.usable(only, NONE)).toBe(true)
  expect(upstream.next(x, new Set([only]))).toBeUndefined()
})

test('forgets failures once a later attempt has worked', async () => {
  const { list } = await peersOf(1, 1)
  const [peer] = list as [Peer]
  const now = 1_000_000
  noteChosen(peer, now, UNSHARED)
  noteFailure(peer, now, UNSHARED)
  noteSuccess(peer, UNSHARED)
  // That attempt had begun before the failure was known.
  expect(peer.fails).toBe(1)
  expect(peer.failedOut(now + 10_000)).toBe(true)
  expect(peer.failedOut(now + 10_001)).toBe(false)
  noteChosen(peer, now + 10_001, UNSHARED)
  // One request tries it; the others wait for what comes of that.
  expect(peer.failedOut(now + 10_002)).toBe(true)
  noteSuccess(peer, UNSHARED)
  expect(peer.failedOut(now + 10_002)).toBe(false)
  expect(peer.fails).toBe(0)
})

test('max_fails=0 never fails a peer out', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream([
    { name: '127.0.0.1:8001', maxFails: 0 },
    '127.0.0.1:8002',
  ])
  const [first] = upstream.list as [Peer]
  expect(noteFailure(first, Date.now(), UNSHARED)).toBe(false)
  expect(upstream.usable(first, NONE)).toBe(true)
})

test('a name with several addresses is several peers, one without is a peer that fails', async () => {
  const worker = new Worker()
  const upstream = await worker.upstream(['no-such-name.invalid:80', '127.0.0.1:8001'])
  expect(upstream.list.map((peer) => peer.settings.address)).toEqual([
    undefined,
    { kind: 'tcp', host: '127.0.0.1', port: 8001 },
  ])
  expect(worker.warnings).toEqual([
    'host not found in upstream "no-such-name.invalid:80"; requests to it get 502',
  ])
})
