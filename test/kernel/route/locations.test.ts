import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/kernel/exchange/exchange.ts'
import type { LocationPlan } from '../../../src/kernel/phase/plan.ts'
import {
  type LocationPattern,
  nestingFault,
  readLocationPattern,
} from '../../../src/kernel/route/location-pattern.ts'
import { type LocationItem, Locations } from '../../../src/kernel/route/locations.ts'

/** A location as a test writes it: its pattern, and those inside it. */
interface Tree {
  readonly [pattern: string]: Tree
}

const context = {
  regex: (source: string, flags: 'i' | '') => new RegExp(source, flags),
  fail: (text: string): never => {
    throw new Error(text)
  },
}

function build(tree: Tree, redirects: readonly string[] = []): Locations {
  const items = Object.entries(tree).map(([name, inner]): LocationItem => {
    const plan = { name } as LocationPlan
    const nested = Object.keys(inner).length > 0 ? build(inner, redirects) : undefined
    const pattern = readLocationPattern(name.split(' '), context)
    return { pattern, plan, nested, redirects: redirects.includes(name) }
  })
  return new Locations(items)
}

function find(locations: Locations, uri: string, args?: string): string | undefined {
  const x = { uri, args } as Exchange
  const found = locations.find(x)
  return found && ('redirect' in found ? `redirect ${found.redirect}` : found.name)
}

describe('as in the documentation of nginx', () => {
  // https://nginx.org/en/docs/http/ngx_http_core_module.html#location
  const locations = build({
    '= /': {},
    '/': {},
    '/documents/': {},
    '^~ /images/': {},
    '~* \\.(gif|jpg|jpeg)$': {},
  })
  test.each([
    ['/', '= /'],
    ['/index.html', '/'],
    ['/documents/document.html', '/documents/'],
    ['/images/1.gif', '^~ /images/'],
    ['/documents/1.jpg', '~* \\.(gif|jpg|jpeg)$'],
    ['/documents/1.JPG', '~* \\.(gif|jpg|jpeg)$'],
  ])('%s is served by %s', (uri, name) => expect(find(locations, uri)).toBe(name))
})

describe('nested locations', () => {
  const locations = build({
    '/a/': { '/a/b/': {}, '= /a/exact': {}, '~ \\.in$': {}, '^~ /a/alone/': { '~ \\.deep$': {} } },
    '^~ /c/': { '/c/d/': {}, '~ \\.in$': { '~ x': {} } },
    '~ \\.out$': { '~ special': {} },
    '~ \\.in$': {},
  })
  test.each([
    ['/a/x', '/a/'],
    ['/a/b/x', '/a/b/'],
    ['/a/exact', '= /a/exact'],
    // A nested regular expression is asked before an outer one.
    ['/a/x.in', '~ \\.in$'],
    // "^~" of a nested location keeps the nested expressions out, not the outer ones.
    ['/a/alone/x.in', '~ \\.in$'],
    ['/a/alone/x', '^~ /a/alone/'],
    ['/a/alone/x.deep', '~ \\.deep$'],
    ['/a/b/x.out', '~ \\.out$'],
    ['/a/special.out', '~ special'],
    ['/c/d/x.out', '/c/d/'],
    ['/c/ax.in', '~ x'],
    ['/c/a.in', '~ \\.in$'],
    ['/none', undefined],
  ])('%s is served by %s', (uri, name) => expect(find(locations, uri)).toBe(name))
})

describe('a missing slash', () => {
  const locations = build(
    { '/': {}, '/dir/': {}, '/both/': {}, '/both': {}, '= /only/': {}, '/100%/': {}, '~ x$': {} },
    ['/dir/', '/both/', '= /only/', '/100%/'],
  )
  test.each([
    ['/dir', undefined, 'redirect /dir/'],
    ['/dir', 'a=b', 'redirect /dir/?a=b'],
    ['/dir', '', 'redirect /dir/'],
    ['/dir/x', undefined, '~ x$'],
    ['/dirr', undefined, '/'],
    ['/both', undefined, '/both'],
    ['/only', undefined, 'redirect /only/'],
    ['/100%', undefined, 'redirect /100%25/'],
  ])('%s?%s leads to %s', (uri, args, name) => expect(find(locations, uri, args)).toBe(name))
})

test('a named location is found by its name alone', () => {
  const locations = build({ '@a': {}, '/': {} })
  expect(locations.named('@a')?.name).toBe('@a')
  expect(locations.named('@b')).toBeUndefined()
})

test('the match of a regular expression becomes the captures; a failed one leaves them', () => {
  const locations = build({ '/': {}, '~ ^/user/(?<user>\\w+)/(\\d+)': {}, '~ ^/plain': {} })
  const x = { uri: '/user/ann/7', captures: undefined, values: undefined } as Exchange
  locations.find(x)
  expect(x.captures?.slice(1)).toEqual(['ann', '7'])
  x.uri = '/none'
  locations.find(x)
  expect(x.captures?.[1]).toBe('ann')
})

test('URIs are byte strings, and so are patterns', () => {
  const locations = new Locations([
    {
      pattern: readLocationPattern(['/grüße'], context),
      plan: { name: 'greeting' } as LocationPlan,
      nested: undefined,
      redirects: false,
    },
  ])
  expect(find(locations, Buffer.from('/grüße/x').toString('latin1'))).toBe('greeting')
})

describe('patterns', () => {
  test.each<[args: string[], pattern: Partial<LocationPattern>]>([
    [['/a'], { kind: 'prefix', text: '/a', alone: false }],
    [['^~', '/a'], { kind: 'prefix', text: '/a', alone: true }],
    [['^~/a'], { kind: 'prefix', text: '/a', alone: true }],
    [['=', '/a'], { kind: 'exact', text: '/a' }],
    [['=/a'], { kind: 'exact', text: '/a' }],
    [['~', 'a'], { kind: 'regex', regex: /a/ }],
    [['~a'], { kind: 'regex', regex: /a/ }],
    [['~*', 'a'], { kind: 'regex', regex: /a/i }],
    [['~*a'], { kind: 'regex', regex: /a/i }],
    [['@a'], { kind: 'named', text: '@a' }],
    [['a'], { kind: 'prefix', text: 'a' }],
  ])('%j', (args, pattern) => expect(readLocationPattern(args, context)).toMatchObject(pattern))

  test('an unknown modifier is refused', () => {
    expect(() => readLocationPattern(['?', '/a'], context)).toThrow('invalid location modifier "?"')
  })
})

describe('agrees with a literal reading of the rules', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', 'abc', '')
  const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const uri = fc.oneof(
    path,
    fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 10 }).map((s) => `/${s}`),
  )
  const regex = fc.constantFrom('a$', '^/a', 'b/', 'c', '/$', '^/[ab]/', 'abc')
  const modifier = fc.constantFrom('', '', '= ', '^~ ')
  const plain = fc.tuple(modifier, path).map(([word, text]) => word + text)
  const name = fc.oneof(
    { weight: 3, arbitrary: plain },
    regex.map((text) => `~ ${text}`),
  )
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('tree')), {
      maxKeys: 8,
      noNullPrototype: true,
    }),
  }))

  test('for any tree of locations and any URI', () => {
    fc.assert(
      fc.property(tree, fc.array(uri, { minLength: 1, maxLength: 8 }), (drawn, uris) => {
        const legal = pruned(drawn)
        const locations = build(legal)
        for (const each of uris) expect(find(locations, each)).toBe(reference(legal, each)?.name)
      }),
      { numRuns: 500 },
    )
  })
})

/** Without what could not be configured: wrong nesting, and twins of plain locations. */
function pruned(tree: Tree, outer?: LocationPattern): Tree {
  const seen = new Set<string>()
  const kept: Record<string, Tree> = {}
  for (const [name, inner] of Object.entries(tree)) {
    const pattern = readLocationPattern(name.split(' '), context)
    if (outer && nestingFault(pattern, outer)) continue
    const key = `${pattern.kind} ${pattern.text}`
    if (seen.has(key)) continue
    seen.add(key)
    kept[name] = pattern.kind === 'exact' ? {} : pruned(inner, pattern)
  }
  return kept
}

interface Found {
  readonly name: string
  readonly exact: boolean
}

/** nginx's rules, one after another, without a thought for speed. */
function reference(tree: Tree, uri: string): Found | undefined {
  const all = Object.entries(tree).map(([name, inner]) => {
    return { name, inner, pattern: readLocationPattern(name.split(' '), context) }
  })
  const exact = all.find(({ pattern }) => pattern.kind === 'exact' && pattern.text === uri)
  if (exact) return { name: exact.name, exact: true }
  const longest = all
    .filter(({ pattern }) => pattern.kind === 'prefix' && uri.startsWith(pattern.text))
    .sort((a, b) => b.pattern.text.length - a.pattern.text.length)[0]
  const within = longest && reference(longest.inner, uri)
  if (within?.exact) return within
  const best = within ?? (longest && { name: longest.name, exact: false })
  if (longest?.pattern.kind === 'prefix' && longest.pattern.alone) return best
  for (const { name, inner, pattern } of all) {
    if (pattern.kind !== 'regex' || !pattern.regex.test(uri)) continue
    return { name: reference(inner, uri)?.name ?? name, exact: true }
  }
  return best
}
