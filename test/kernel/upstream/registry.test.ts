import { afterEach, beforeEach, expect, test } from 'vitest'
import { Slots } from '../../../src/kernel/socket/slots.ts'
import {
  closeUpstreams,
  findUpstream,
  openUpstreams,
} from '../../../src/kernel/upstream/registry.ts'
import { implicitUpstream, type Upstream } from '../../../src/kernel/upstream/upstream.ts'

const named = implicitUpstream('10.0.0.1:80', undefined) as Upstream

beforeEach(() => openUpstreams([named], new Slots(8), () => undefined))
afterEach(() => closeUpstreams())

test('finds the upstreams of the configuration by name', () => {
  expect(findUpstream('10.0.0.1:80')).toBe(named)
})

test('makes an upstream of an address once', () => {
  const made = findUpstream('10.0.0.2:81') as Upstream
  expect(made.list.map((peer) => peer.name)).toEqual(['10.0.0.2:81'])
  expect(findUpstream('10.0.0.2:81')).toBe(made)
  expect((findUpstream('unix:/x') as Upstream).list[0]?.name).toBe('unix:/x')
})

test('looks a name up once, for all who ask meanwhile', async () => {
  const looking = [findUpstream('localhost:81'), findUpstream('localhost:81')]
  expect(looking[0]).toBeInstanceOf(Promise)
  const [one, other] = await Promise.all(looking)
  expect(one).toBe(other)
  expect(one?.list.every((peer) => peer.settings.address !== undefined)).toBe(true)
  expect(findUpstream('localhost:81')).toBe(one)
})

test('refuses what is no address', () => {
  for (const text of ['', ':80', 'a b', 'x:y', 'unix:']) {
    expect(() => findUpstream(text)).toThrow(`invalid upstream "${text}"`)
  }
})

test('forgets the oldest of very many', () => {
  const first = findUpstream('10.1.0.0:80')
  for (let i = 0; i < 1000; i++) findUpstream(`10.2.${i >> 8}.${i & 255}:80`)
  expect(findUpstream('10.1.0.0:80')).not.toBe(first)
  const last = findUpstream('10.2.3.231:80')
  expect(findUpstream('10.2.3.231:80')).toBe(last)
})
