import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/base/errors.ts'
import { absoluteHost, escapePath, parseHost, parseTarget } from '../../src/wire/uri.ts'
import { refusal } from '../kernel/hand-made-plan.ts'

const uriOf = (target: string, merge = true) => parseTarget(target, merge).uri

describe('a request target', () => {
  // Each line was compared with what nginx answers.
  it.each([
    ['/', '/'],
    ['/a/b/', '/a/b/'],
    ['/.', '/'],
    ['/./', '/'],
    ['/a/.', '/a/'],
    ['/a/./b', '/a/b'],
    ['/a/..', '/'],
    ['/a/../b', '/b'],
    ['/a/b/../../c', '/c'],
    ['/a/b/c/../../../d', '/d'],
    ['/...', '/...'],
    ['/a/.../b', '/a/.../b'],
    ['/.a', '/.a'],
    ['/..a', '/..a'],
    ['/a..', '/a..'],
    ['/a./b', '/a./b'],
    ['/a/..;/b', '/a/..;/b'],
    ['/a/..\\b', '/a/..\\b'],
    ['/%2e', '/'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e/b', '/b'],
    ['/a/%2e./b', '/b'],
    ['/a%2fb', '/a/b'],
    ['/a%2f%2fb', '/a/b'],
    ['/a%2f..%2fb', '/b'],
    ['/a/..%2fb', '/b'],
    ['/a/.%2f/b', '/a/b'],
    ['/%25', '/%'],
    ['/%2500', '/%00'],
    ['/%252e%252e/', '/%2e%2e/'],
    ['/%41', '/A'],
    ['/%c3%A4', '/\xc3\xa4'],
    ['/\xc3\xa4', '/\xc3\xa4'],
    ['/%20', '/ '],
    ['/%0d%0a', '/\r\n'],
    ['/a%3fb', '/a?b'],
    ['/a%23b', '/a#b'],
    ['/a+b', '/a+b'],
    ['http://h', '/'],
    ['http://h/a/../b', '/b'],
    ['HTTPS://h:8443/a', '/a'],
    ['http://[::1]:80/a', '/a'],
  ])('%j means %j', (target, uri) => {
    expect(uriOf(target)).toBe(uri)
  })

  it.each([
    ['//', '/', '//'],
    ['//a', '/a', '//a'],
    ['/a///b//', '/a/b/', '/a///b//'],
    ['/a//../b', '/b', '/a/b'],
    ['/a//..//b', '/b', '/a//b'],
    ['/a%2f%2fb', '/a/b', '/a//b'],
    ['/.//a', '/a', '//a'],
  ])('%j means %j, or %j where slashes are not merged', (target, merged, kept) => {
    expect(uriOf(target)).toBe(merged)
    expect(uriOf(target, false)).toBe(kept)
  })

  it.each([
    ['/a', undefined],
    ['/a?', ''],
    ['/a?b', 'b'],
    ['/a?b?c', 'b?c'],
    ['/a?b/../%2e%zz//', 'b/../%2e%zz//'],
    ['/a/..?x', 'x'],
    ['/a?b#c', 'b'],
    ['/a?#', ''],
    ['/a#b', undefined],
    ['/a#b?c', undefined],
    ['/a%3fb?c', 'c'],
    ['http://h?x', 'x'],
  ])('%j has the arguments %j', (target, args) => {
    expect(parseTarget(target, true).args).toBe(args)
  })

  it.each([
    '',
    '*',
    'a',
    'a/b',
    '?',
    '#',
    '%2f',
    'h:80',
    '/..',
    '/../',
    '/../a',
    '/a/../..',
    '/a/../../b',
    '/a/b/c/../../../../d',
    '/%2e%2e/a',
    '/%2e%2e%2fa',
    '/..%2fa',
    '/a/..%2f..%2fb',
    '/..?x',
    '/%',
    '/%2',
    '/%zz',
    '/%%',
    '/a%2',
    '/a%2g',
    '/%00',
    '/a%00b',
    'http://',
    'http:///a',
    'http:/a',
    'http:a',
    '1http://h/',
    'http://h/..',
    'http://h/%zz',
    'http://h#x',
    'http://u@h/a',
    'http://u:p@h/a',
    'http://h:a/',
    'http://h%41/',
    'http://\xe4/',
    'http://[::1/a',
  ])('%j is refused', (target) => {
    expect(refusal(() => parseTarget(target, true))).toBe(400)
    expect(refusal(() => parseTarget(target, false))).toBe(400)
  })
})

describe('a run of slashes', () => {
  it('that is kept is a segment of its own to leave, as in nginx', () => {
    expect(refusal(() => uriOf('//..'))).toBe(400)
    expect(uriOf('//..', false)).toBe('/')
    expect(uriOf('//../a', false)).toBe('/a')
  })
})

describe('any target', () => {
  const part = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('/', '/', '.', '..', '%2e', '%2E', '%2f', '%2F', '%5c'),
    },
    { weight: 2, arbitrary: fc.constantFrom('a', '%25', '%00', '%', '?', '#', ';', '//', '\xff') },
    { weight: 1, arbitrary: fc.stringMatching(/^[!-~\x80-\xff]{1,3}$/) },
  )
  const target = fc.array(part, { maxLength: 14 }).map((parts) => `/${parts.join('')}`)

  it('becomes a path that stays below the root, or is refused', () => {
    fc.assert(
      fc.property(target, fc.boolean(), (text, merge) => {
        let uri: string
        try {
          uri = uriOf(text, merge)
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError)
          return
        }
        expect(uri).toMatch(/^\//)
        expect(uri).not.toMatch(/\/\.\.?(?:\/|$)/)
        expect(uri).not.toContain('\0')
        if (merge) expect(uri).not.toContain('//')
      }),
      { numRuns: 5000 },
    )
  })

  it('is the same when its path is escaped and read again', () => {
    fc.assert(
      fc.property(target, fc.boolean(), (text, merge) => {
        fc.pre(refusal(() => uriOf(text, merge)) === 'accepted')
        const uri = uriOf(text, merge)
        const escaped = escapePath(uri)
        expect(escaped).toMatch(/^[!-~]+$/)
        expect(parseTarget(escaped, merge)).toEqual({ uri, args: undefined })
        expect(parseTarget(`${escaped}?a=%zz`, merge)).toEqual({ uri, args: 'a=%zz' })
      }),
      { numRuns: 3000 },
    )
  })

  it('costs no more than its length', () => {
    const long = ['/'.repeat(8000), '/..'.repeat(2600), '/a/..'.repeat(1600), '%2f'.repeat(2600)]
    const before = process.cpuUsage()
    for (const each of long) refusal(() => uriOf(`/a${each}`))
    for (const each of long) refusal(() => absoluteHost(`http://${each}`))
    refusal(() => absoluteHost('a'.repeat(8000)))
    refusal(() => absoluteHost(`http://${'a.'.repeat(4000)}@`))
    refusal(() => parseHost(`${'a.'.repeat(4000)}@/`))
    refusal(() => parseHost(`${'.'.repeat(8000)}/`))
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
  })
})

describe('a host', () => {
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.com:8080', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com.:80', 'example.com'],
    ['example.com:', 'example.com'],
    ['127.0.0.1:1', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['[FE80::1]:443', '[fe80::1]'],
    ['a_b', 'a_b'],
    ['a:65535', 'a'],
    ["[v0F.!$&'()*+,;=-._~Az:]:1", "[v0f.!$&'()*+,;=-._~az:]"],
  ])('%j is %j', (value, host) => {
    expect(parseHost(value)).toBe(host)
    expect(parseHost(value)).toBe(host)
  })

  it.each([
    '',
    '.',
    '.a',
    'a..b',
    'a b',
    'a/b',
    'a\tb',
    'a\x7f',
    'a\0',
    ':80',
    'a:b',
    'a:80:80',
    'a:123456',
    'a:65536',
    'a..',
    'a..:',
    '[::1].',
    '[::1].:98',
    '[v1.]',
    '[v1./]',
    '[vg.a]',
    '/',
    '[::1',
    '::1',
    '[::1]a',
    '[]',
    '[g]',
    'a[b]',
  ])('%j is refused', (value) => {
    expect(refusal(() => parseHost(value))).toBe(400)
  })

  it('is in an absolute target, with its port', () => {
    expect(absoluteHost('http://a.example:80/b')).toBe('a.example:80')
    expect(absoluteHost('http://[::1]:80')).toBe('[::1]:80')
    expect(absoluteHost('/http://a/')).toBeUndefined()
  })
})
