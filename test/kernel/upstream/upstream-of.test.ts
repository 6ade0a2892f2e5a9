import { expect, test } from 'vitest'
import { type UpstreamSettings, upstreamDirectives } from '../../../src/kernel/settings/upstream.ts'
import { withPort } from '../../../src/kernel/upstream/peer-target.ts'
import {
  createUpstream,
  implicitUpstream,
  upstreamOf,
} from '../../../src/kernel/upstream/upstream.ts'

const SETTINGS = Object.fromEntries(
  Object.entries(upstreamDirectives).map(([name, { initial }]) => [name, initial]),
) as unknown as UpstreamSettings

test.each([
  ['shop.test', 443, 'shop.test:443'],
  ['shop.test', 80, 'shop.test'],
  ['shop.test:8443', 443, 'shop.test:8443'],
  ['[::1]', 443, '[::1]:443'],
  ['[::1]:8443', 443, '[::1]:8443'],
  ['unix:/run/app.sock', 443, 'unix:/run/app.sock'],
])('%s at %i is %s', (address, port, whole) => {
  expect(withPort(address, port)).toBe(whole)
})

test('a block counts at any port, what stands for an address at its own', () => {
  const block = createUpstream('app', SETTINGS, undefined)
  const plain = implicitUpstream('192.0.2.1', undefined)
  const secure = implicitUpstream(withPort('192.0.2.1', 443), undefined)
  if (typeof plain === 'string' || typeof secure === 'string') throw new Error('no address')
  const named = new Map([block, plain, secure].map((each) => [each.name, each]))
  expect(upstreamOf(named, 'app', 443)).toBe(block)
  expect(upstreamOf(named, '192.0.2.1', 80)).toBe(plain)
  expect(upstreamOf(named, '192.0.2.1', 443)).toBe(secure)
  expect(upstreamOf(named, '192.0.2.2', 443)).toBe(undefined)
  expect(secure.list[0]?.name).toBe('192.0.2.1:443')
})
