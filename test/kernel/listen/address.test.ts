import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../../src/kernel/listen/address.ts'

function keys(text: string): string[] | string {
  const found = parseAddress(text)
  return 'problem' in found ? found.problem : found.map(formatAddress)
}

describe('an address has one spelling', () => {
  const spellings: readonly [text: string, ...keys: string[]][] = [
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['127.0.0.1', '127.0.0.1:80'],
    ['8080', '0.0.0.0:8080'],
    ['*:8080', '0.0.0.0:8080'],
    ['*', '0.0.0.0:80'],
    ['0.0.0.0:8080', '0.0.0.0:8080'],
    ['[::]:8080', '[::]:8080'],
    ['[::1]', '[::1]:80'],
    ['[0:0:0:0:0:0:0:1]:81', '[::1]:81'],
    ['[2001:DB8::00A1]:81', '[2001:db8::a1]:81'],
    ['unix:/run/gateway.sock', 'unix:/run/gateway.sock'],
    ['unix:/run/with:colon.sock', 'unix:/run/with:colon.sock'],
    ['8080-8082', '0.0.0.0:8080', '0.0.0.0:8081', '0.0.0.0:8082'],
    ['[::1]:80-81', '[::1]:80', '[::1]:81'],
  ]
  for (const [text, ...expected] of spellings) {
    test(text, () => expect(keys(text)).toEqual(expected))
  }
})

test('a name stands for its addresses in the hosts file', () => {
  expect(keys('localhost:8080')).toContain('127.0.0.1:8080')
  expect(keys('LocalHost:8080')).toContain('127.0.0.1:8080')
  expect(keys('no-such-host.invalid:80')).toBe('host "no-such-host.invalid" is not in /etc/hosts')
})

describe('what is no address is refused', () => {
  const bad: readonly [text: string, problem: RegExp][] = [
    ['127.0.0.1:0', /"0" is not a port/],
    ['127.0.0.1:65536', /"65536" is not a port/],
    ['127.0.0.1:http', /not an address/],
    ['127.0.0.1:', /"" is not a port/],
    ['8082-8080', /"8082-8080" is not a port/],
    ['1-60000', /"1-60000" is not a port/],
    ['::1', /not an address/],
    ['[::1', /not an address/],
    ['[127.0.0.1]:80', /"\[127.0.0.1\]" is not an IPv6 address/],
    [':8080', /no host/],
    ['unix:', /no path/],
    ['unix:relative.sock', /no absolute path/],
    [`unix:/${'a'.repeat(107)}`, /has 108 bytes; a unix socket's has at most 107/],
    ['', /no host/],
  ]
  for (const [text, problem] of bad) {
    test(JSON.stringify(text).slice(0, 30), () => expect(keys(text)).toMatch(problem))
  }
})
