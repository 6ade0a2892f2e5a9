import { describe, expect, test } from 'vitest'
import { EgressList } from '../../../../sandbox/host/fetch/egress-list.ts'
import { parseEgressRule } from '../../../../sandbox/host/fetch/egress-rule.ts'
import { rules } from './client.ts'

test.each([
  ['api.example.com', 'name', 'api.example.com', undefined],
  ['API.Example.com:443', 'name', 'api.example.com', 443],
  ['*.example.org', 'below', '.example.org', undefined],
  ['*.example.org:8443', 'below', '.example.org', 8443],
  ['10.0.0.5:8080', 'address', '10.0.0.5', 8080],
  ['[FD00:0:0::1]:80', 'address', 'fd00::1', 80],
  ['[::1]', 'address', '::1', undefined],
  ['localhost:3000', 'name', 'localhost', 3000],
  ['bücher.example', 'name', 'xn--bcher-kva.example', undefined],
])('%s is a rule', (text, kind, host, port) => {
  expect(parseEgressRule(text)).toEqual({ kind, host, port })
})

test.each([
  '',
  '*',
  '*.',
  '.example.com',
  'a..b',
  'a.*.com',
  '**.example.com',
  'http://api.example.com',
  'api.example.com/path',
  'user@api.example.com',
  'api.example.com:',
  'api.example.com:0',
  'api.example.com:65536',
  'api.example.com:80:80',
  '::1',
  '[::1',
  '[api.example.com]',
  '[fe80::1%lo]',
  '127.1',
  '0x7f000001',
  '2130706433',
  '10.0.0.0/8',
  'a b.com',
  'a\n.com',
])('%j is none, and is told why', (text) => {
  expect(parseEgressRule(text)).toEqual(expect.any(String))
})

describe('a list', () => {
  const list = new EgressList(rules(['api.test', '*.wild.test:8443', '10.0.0.5:8080', '[fd00::1]']))

  test.each([
    ['http://api.test/', true],
    ['https://api.test/', true],
    ['https://api.test:443/', true],
    ['http://API.test/', true],
    ['http://api.test:443/', false],
    ['http://api.test:8080/', false],
    ['https://a.wild.test:8443/', true],
    ['https://a.b.wild.test:8443/', true],
    ['https://wild.test:8443/', false],
    ['https://a.wild.test/', false],
    ['http://10.0.0.5:8080/', true],
    ['http://0xa.0.0.5:8080/', true],
    ['http://10.0.0.5/', false],
    ['http://[fd00::1]/', true],
    ['http://[fd00:0::0:1]/', true],
    ['http://[::ffff:10.0.0.5]:8080/', false],
    ['ftp://api.test/', false],
  ])('says of %s: %s', (url, allowed) => {
    expect(list.allowsUrl(new URL(url))).toBe(allowed)
  })

  test.each([
    ['1.1.1.1', 80, true],
    ['10.0.0.5', 8080, true],
    ['10.0.0.5', 8081, false],
    ['fd00::1', 80, true],
    ['fd00:0::1', 80, true],
    ['fd00::1', 443, false],
    ['127.0.0.1', 80, false],
  ])('says of a connection to %s port %i: %s', (address, port, allowed) => {
    expect(list.allowsAddress(address, port, 'http:')).toBe(allowed)
  })

  test('that is empty allows nothing', () => {
    expect(new EgressList([]).allowsUrl(new URL('http://api.test/'))).toBe(false)
  })
})
