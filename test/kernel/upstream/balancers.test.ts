import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/kernel/exchange/exchange.ts'
import type { Balancer, Peers } from '../../../src/kernel/upstream/balancer.ts'
import type { Peer } from '../../../src/kernel/upstream/peer.ts'
import type { Template } from '../../../src/kernel/variable/template.ts'
import hash from '../../../src/plugins/hash/index.ts'
import { addressBytes, hashBytes } from '../../../src/plugins/ip-hash/hash.ts'
import ipHash from '../../../src/plugins/ip-hash/index.ts'
import leastConn from '../../../src/plugins/least-conn/index.ts'
import random from '../../../src/plugins/random/index.ts'
import roundRobin from '../../../src/plugins/round-robin/index.ts'
import { Worker } from '../../forward/driver.ts'

const BALANCERS: Readonly<Record<string, (peers: Peers) => Balancer>> = {
  'round-robin': (peers) =>
    (roundRobin.balancer as NonNullable<typeof roundRobin.balancer>)(peers, {}),
  'ip-hash': (peers) =>
    (ipHash.balancer as NonNullable<typeof ipHash.balancer>)(peers, { ip_hash: true }),
  'least-conn': (peers) =>
    (leastConn.balancer as NonNullable<typeof leastConn.balancer>)(peers, { least_conn: true }),
  hash: (peers) => hashing(peers, 'remainder'),
  'hash consistent': (peers) => hashing(peers, 'ring'),
  random: (peers) =>
    (random.balancer as NonNullable<typeof random.balancer>)(peers, { random: 'one' }),
  'random two': (peers) =>
    (random.balancer as NonNullable<typeof random.balancer>)(peers, { random: 'two' }),
}

function hashing(peers: Peers, method: 'remainder' | 'ring'): Balancer {
  const key: Template = {
    source: '$remote_addr',
    constant: undefined,
    render: (x) => x.client.address,
  }
  const mark = { file: 'test', line: 1, column: 1 }
  return (hash.balancer as NonNullable<typeof hash.balancer>)(peers, {
    hash: { key, method, mark },
    hash_again: 20,
  })
}

function from(address: string): Exchange {
  return { client: { address } } as Exchange
}

/** Exchanges of clients in many networks. */
const MANY = Array.from({ length: 3000 }, (_, i) => {
  const mixed = Math.imul(i + 1, 2_654_435_761) >>> 0
  return from(`${mixed >>> 24}.${(mixed >>> 16) & 255}.${(mixed >>> 8) & 255}.1`)
})
const NONE: ReadonlySet<Peer> = new Set()

// Every balancer must pass this.
describe.each(Object.entries(BALANCERS))('%s', (name, make) => {
  test('gives each peer its weight', async () => {
    const upstream = await new Worker().upstream([
      { name: '127.0.0.1:8001', weight: 3 },
      { name: '127.0.0.1:8002', weight: 1 },
      { name: '127.0.0.1:8003', weight: 2 },
    ])
    const balancer = make(upstream)
    const counts = new Map<Peer, number>()
    for (const x of MANY) {
      const peer = balancer(x, NONE) as Peer
      counts.set(peer, (counts.get(peer) ?? 0) + 1)
    }
    const shares = upstream.list.map((peer) => (counts.get(peer) ?? 0) / MANY.length)
    // Of two that are drawn by their weights, `random two` takes the one with fewer connections:
    // here the first of both. The heavier have the better chance, but in no such proportion.
    const slack = name === 'random two' ? 0.35 : 0.06
    for (const [i, share] of [1 / 2, 1 / 6, 1 / 3].entries()) {
      expect(Math.abs((shares[i] as number) - share)).toBeLessThan(slack)
    }
    expect(shares[1]).toBe(Math.min(...shares))
  })

  test('never chooses who is down, tried or full', async () => {
    const upstream = await new Worker().upstream([
      { name: '127.0.0.1:8001', down: true },
      { name: '127.0.0.1:8002', maxConns: 1 },
      '127.0.0.1:8003',
      '127.0.0.1:8004',
    ])
    const [, full, tried, free] = upstream.list as [Peer, Peer, Peer, Peer]
    full.active = 1
    const balancer = make(upstream)
    for (const x of MANY.slice(0, 50)) expect(balancer(x, new Set([tried]))).toBe(free)
    for (const x of MANY.slice(0, 50)) expect(balancer(x, new Set([tried, free]))).toBeUndefined()
  })

  test('turns to the backups when all others fail', async () => {
    const upstream = await new Worker().upstream([
      '127.0.0.1:8001',
      '127.0.0.1:8002',
      { name: '127.0.0.1:8003', backup: true },
    ])
    const [first, second, backup] = upstream.list as [Peer, Peer, Peer]
    const balancer = make(upstream)
    for (const x of MANY.slice(0, 20)) {
      expect([first, second]).toContain(balancer(x, NONE))
      expect(balancer(x, new Set([first, second]))).toBe(backup)
    }
  })

  test('has one choice of one peer', async () => {
    const upstream = await new Worker().upstream(['127.0.0.1:8001'])
    const [only] = upstream.list as [Peer]
    const balancer = make(upstream)
    expect(balancer(from('10.0.0.1'), NONE)).toBe(only)
    expect(balancer(from('10.0.0.1'), new Set([only]))).toBeUndefined()
  })
})

test('ip_hash keeps a /24 on one peer while it is usable', async () => {
  const upstream = await new Worker().upstream([
    '127.0.0.1:8001',
    '127.0.0.1:8002',
    '127.0.0.1:8003',
  ])
  const balancer = (BALANCERS['ip-hash'] as (peers: Peers) => Balancer)(upstream)
  const home = balancer(from('192.0.2.1'), NONE) as Peer
  for (let host = 2; host < 250; host++) {
    expect(balancer(from(`192.0.2.${host}`), NONE)).toBe(home)
  }
  const elsewhere = balancer(from('192.0.2.1'), new Set([home]))
  expect(elsewhere).not.toBe(home)
  expect(balancer(from('192.0.2.99'), new Set([home]))).toBe(elsewhere)
})

test('ip_hash hashes as nginx does', () => {
  // ((89 * 113 + 127) * 113 + 0) * 113 + 0, each step modulo 6271.
  let hash = 89
  for (const byte of [127, 0, 0]) hash = (hash * 113 + byte) % 6271
  expect(hashBytes(89, addressBytes('127.0.0.1'))).toBe(hash)
  expect(addressBytes('1.2.3.4')).toEqual([1, 2, 3])
  expect(addressBytes('::ffff:1.2.3.4')).toEqual([1, 2, 3])
  expect(addressBytes('unix:')).toEqual([0, 0, 0])
  expect(addressBytes('2001:db8::a:1')).toEqual([
    32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1,
  ])
  expect(addressBytes('::1')).toEqual([...new Array(15).fill(0), 1])
  expect(addressBytes('fe80::1%eth0').slice(0, 2)).toEqual([0xfe, 0x80])
  expect(addressBytes('64:ff9b::1.2.3.4').slice(-4)).toEqual([1, 2, 3, 4])
})
