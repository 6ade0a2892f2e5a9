import { afterEach, test as always, describe, expect, vi } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { runLog, start } from '../../src/kernel/phase/run.ts'
import limitConn from '../../src/plugins/limit-conn/index.ts'
import { underTest } from '../../src/testing/index.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'

const test = always.skipIf(sqliteMissing)

afterEach(() => {
  vi.useRealTimers()
})

let zones = 0

function limited(most: readonly number[], more: Readonly<Record<string, string>> = {}) {
  const name = `unit${zones++}`
  return underTest(limitConn, {
    directives: {
      limit_conn_zone: most.map((_, i) => `$arg_k${i || ''} zone=${name}${i}:1m`),
      limit_conn: most.map((each, i) => `${name}${i} ${each}`),
      ...more,
    },
  })
}

/** Begins a request and leaves it under way: its log phase is when the test says so. */
function begin(
  plugin: ReturnType<typeof limited>,
  target = '/a?k=a',
): { x: Exchange; said: string } {
  const x = plugin.exchange({ target })
  start(x)
  return { x, said: limitConn.variables?.limit_conn_status?.get(x) ?? '' }
}

test('counts requests under way, until they are logged', () => {
  const plugin = limited([2])
  const [first, second, third] = [begin(plugin), begin(plugin), begin(plugin)]
  expect([first.said, second.said, third.said]).toEqual(['PASSED', 'PASSED', 'REJECTED'])
  expect(third.x.head?.status).toBe(503)
  expect(begin(plugin, '/a?k=b').said).toBe('PASSED')
  runLog(third.x)
  expect(begin(plugin).said).toBe('REJECTED')
  runLog(first.x)
  expect(begin(plugin).said).toBe('PASSED')
  expect(begin(plugin).said).toBe('REJECTED')
  expect(begin(plugin, '/a').said).toBe('')
})

test('one that is refused by one limit counts for none', () => {
  const plugin = limited([2, 1])
  const first = begin(plugin, '/a?k=a&k1=b')
  expect(begin(plugin, '/a?k=a&k1=b').said).toBe('REJECTED')
  expect(begin(plugin, '/a?k=a').said).toBe('PASSED')
  expect(begin(plugin, '/a?k=a').said).toBe('REJECTED')
  runLog(first.x)
  expect(begin(plugin, '/a?k=a&k1=b').said).toBe('PASSED')
})

test('nothing is left in the zone when all are over', () => {
  const plugin = limited([5, 5])
  const all = Array.from({ length: 5 }, () => begin(plugin, '/a?k=a&k1=b'))
  const usage = () => plugin.config?.limits.map(({ zone }) => zone.usage)
  expect(usage()).toEqual([
    { bytes: 64, records: 1 },
    { bytes: 64, records: 1 },
  ])
  for (const { x } of all) runLog(x)
  expect(usage()).toEqual([
    { bytes: 0, records: 0 },
    { bytes: 0, records: 0 },
  ])
})

test('a dry run refuses nobody and tells', async () => {
  const plugin = limited([1], { limit_conn_dry_run: 'on', limit_conn_log_level: 'warn' })
  begin(plugin)
  expect(begin(plugin).said).toBe('REJECTED_DRY_RUN')
  const { status, log } = await plugin.request({ target: '/a?k=a' })
  expect(status).toBe(404)
  expect(log.join()).toMatch(/warn: limiting connections, dry run, by zone "unit\d+0"/)
})

test('the status and the line of a refusal', async () => {
  const plugin = limited([1], { limit_conn_status: '429' })
  begin(plugin)
  const { status, log } = await plugin.request({ target: '/a?k=a' })
  expect(status).toBe(429)
  expect(log[0]).toMatch(/^error: limiting connections by zone "unit\d+0"$/)
  const long = 'x'.repeat(256)
  const passed = await plugin.request({ target: `/a?k=${long}` })
  expect(passed.log[0]).toContain('the value of the "$arg_k" key is more than 255 bytes')
})

describe('refuses', () => {
  test.each([
    ['zone=a:1m', 'a 0', /invalid number of connections "0"/],
    ['zone=a:1m', 'a x', /invalid number of connections "x"/],
    ['zone=a:1m', 'a 65536', /connection limit must be less 65536/],
    ['zone=a', 'a 1', /invalid zone size "zone=a"/],
    ['a:1m', 'a 1', /invalid parameter "a:1m"/],
    ['zone=a:1k', 'a 1', /zone "a" is too small/],
  ])('%s with %s', (zone, limit, message) => {
    const directives = { limit_conn_zone: `$arg_k ${zone}`, limit_conn: limit }
    expect(() => underTest(limitConn, { directives })).toThrow(message)
  })
})
