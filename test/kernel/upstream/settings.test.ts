import { expect, test } from 'vitest'
import type { Entry } from '../../../src/kernel/directive/directive.ts'
import { upstreamDirectives } from '../../../src/kernel/settings/upstream.ts'
import { formatAddress, parsePeerTarget } from '../../../src/kernel/upstream/peer-target.ts'

function read(line: string) {
  const entry = {
    args: line.split(' '),
    fail: (text: string) => {
      throw new Error(text)
    },
  } as unknown as Entry
  return upstreamDirectives.server.read(entry, undefined)[0]
}

test('reads a server line with its parameters', () => {
  expect(read('10.0.0.1')).toEqual({
    name: '10.0.0.1',
    target: { kind: 'tcp', host: '10.0.0.1', port: 80, literal: true },
    weight: 1,
    maxConns: 0,
    maxFails: 1,
    failTimeout: 10_000,
    backup: false,
    down: false,
  })
  expect(read('app:81 weight=3 max_conns=4 max_fails=0 fail_timeout=1m backup down')).toMatchObject(
    {
      target: { host: 'app', port: 81, literal: false },
      weight: 3,
      maxConns: 4,
      maxFails: 0,
      failTimeout: 60_000,
      backup: true,
      down: true,
    },
  )
})

test.each([
  ['a:1 weight=0', 'weight is 0'],
  ['a:1 weight=x', '"x" is not a number'],
  ['a:1 slow_start=1', 'unknown parameter "slow_start=1"'],
  ['a:1 weight', 'unknown parameter "weight"'],
  ['a:0', 'invalid port in "a:0"'],
  ['a:99999', 'invalid port in "a:99999"'],
  ['a:b', '"a:b" is not an address'],
  ['a/b', '"a/b" is not an address'],
  ['[::1', '"[::1" is not an address'],
  ['[1.2.3.4]:80', 'invalid IPv6 address in "[1.2.3.4]:80"'],
  ['unix:relative', 'no absolute path in "unix:relative"'],
])('refuses "server %s"', (line, message) => {
  expect(() => read(line)).toThrow(message)
})

test('addresses read and write alike', () => {
  for (const text of ['10.0.0.1:80', '[::1]:8080', 'unix:/run/app.sock']) {
    const target = parsePeerTarget(text, 1)
    if (typeof target === 'string') throw new Error(target)
    expect(formatAddress(target)).toBe(text)
  }
})
