import { describe, expect, it } from 'vitest'
import { foreignTarget } from '../../src/kernel/exchange/foreign-target.ts'
import { parseForeignTarget } from '../../src/wire/uri.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { makeServer } from './hand-made-plan.ts'

describe('a URI that a peer or a page names', () => {
  it.each([
    ['/a', '/a', undefined],
    ['/a?', '/a', ''],
    ['/a?b=c?d', '/a', 'b=c?d'],
    ['/a%3Fb?c%20d', '/a?b', 'c%20d'],
    ['/a%2fb', '/a/b', undefined],
    ['/%61%62', '/ab', undefined],
    ['/a/./b//c/.', '/a/b/c/', undefined],
    ['/a b?c d\te', '/a b', 'c%20d%09e'],
    ['/a#b?c#d', '/a#b', 'c#d'],
    ['/..a/b../...', '/..a/b../...', undefined],
    ['/?..', '/', '..'],
  ])('%s leads to %s', (text, uri, args) => {
    expect(parseForeignTarget(text, true)).toEqual({ uri, args })
  })

  it('keeps slashes where they are not merged', () => {
    expect(parseForeignTarget('//a//', false)?.uri).toBe('//a//')
  })

  it.each([
    '',
    '?a',
    'a',
    '..',
    '@a',
    'http://host/a',
    '/..',
    '/../a',
    '/a/..',
    '/a/../b',
    '/%2e%2e/a',
    '/a/.%2e',
    '/a%2f..%2fb',
    '/a%2f%2E%2e',
    '/%00',
    '/\0',
    '/%',
    '/%4',
    '/%zz',
  ])('%j is unsafe', (text) => {
    expect(parseForeignTarget(text, true)).toBeUndefined()
  })

  it('is logged when it is unsafe', () => {
    const { x } = makeExchange(makeServer({}))
    const lines: string[] = []
    x.log = (level, text) => void lines.push(`${level}: ${text}`)
    expect(foreignTarget(x, '/../a')).toBeUndefined()
    expect(foreignTarget(x, '/a')).toEqual({ uri: '/a', args: undefined })
    expect(lines).toEqual(['error: unsafe URI "/../a" was detected'])
  })
})
