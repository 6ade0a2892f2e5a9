import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Compiled } from '../../src/config/compile.ts'
import { explain } from '../../src/config/explain/explain.ts'
import type { Explanation } from '../../src/config/explain/explanation.ts'
import { LocationTrial, locationName } from '../../src/config/explain/location-trial.ts'
import { printExplanation } from '../../src/config/explain/print.ts'
import { type QuestionWords, readQuestion } from '../../src/config/explain/question.ts'
import { bestFit } from '../../src/config/explain/server-trial.ts'
import type { ServerPlan } from '../../src/kernel/phase/plan.ts'
import { serverName } from '../../src/kernel/route/server-name.ts'
import { compileServer, compileText } from './compile-text.ts'

function asked(compiled: Compiled, words: Partial<QuestionWords>): Explanation {
  return explain(compiled, readQuestion({ method: 'GET', url: '/', headers: [], ...words }))
}

const ONE = compileServer('location: { /: {} }')

describe('reasons', () => {
  const SEGMENTS = ['/a', '/b', '/ab', '/a/', '/a/b', '/a/b/', '/b/a/', '/']
  const REGEXES = ['^/a', 'b$', '/$', 'a/b', '^/b/']

  const pattern = fc.oneof(
    fc.constantFrom(...SEGMENTS).map((text) => text),
    fc.constantFrom(...SEGMENTS).map((text) => `= ${text}`),
    fc.constantFrom(...SEGMENTS).map((text) => `^~ ${text}`),
    fc.constantFrom(...REGEXES).map((text) => `~ ${text}`),
  )
  interface Tree {
    readonly pattern: string
    readonly claims: boolean
    readonly inside: readonly Tree[]
  }
  const treeOf = (depth: number): fc.Arbitrary<Tree> => {
    const inside = depth === 0 ? fc.constant([]) : fc.array(treeOf(depth - 1), { maxLength: 3 })
    return fc.record({ pattern, claims: fc.boolean(), inside })
  }

  test('name the location that the kernel finds', { timeout: 60_000 }, () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(
        fc.array(treeOf(2), { maxLength: 5 }),
        fc.constantFrom(...SEGMENTS, '/a/b/c', '/b/a', '/ba/b'),
        (trees, uri) => {
          const compiled = compileServer(`location:${written(trees, '') || ' {}'}`)
          const told = asked(compiled, { url: uri })
          const [plan] = [...compiled.origins.keys()].filter((each) => 'own' in each)
          const trial = new LocationTrial(uri)
          const block = compiled.origins.get(plan as ServerPlan)
          const found = block && trial.search(block)
          expect(told.location?.name).toBe(found ? locationName(found.block) : '')
          expect(told.location?.mark).toEqual((found?.block ?? block)?.mark)
          expect([...trial.reasons.values()].filter((each) => each === '').length).toBe(
            found && trial.reasons.get(found.block) === '' ? 1 : 0,
          )
          const slash = found?.reason === 'is the URI with a slash'
          expect(told.location?.redirect).toBe(slash ? `${uri}/` : null)
          kinds.add(told.location?.redirect === null ? (found?.reason ?? 'none') : 'redirect')
        },
      ),
      { numRuns: 500 },
    )
    expect(kinds.size).toBeGreaterThanOrEqual(6)
  })

  /** As YAML; what cannot stand there is left out. */
  function written(trees: readonly Tree[], outer: string, depth = 1): string {
    const seen = new Set<string>()
    const lines = trees.map(({ pattern, claims, inside }) => {
      const [, kind = '', text = ''] = /^(?:(\S+) )?(\/.*|\^.*|\w.*)$/.exec(pattern) ?? []
      const key = kind === '=' ? pattern : kind === '~' ? `${pattern} ${seen.size}` : text
      if (seen.has(key) || (kind !== '~' && !text.startsWith(outer))) return ''
      seen.add(key)
      const pad = '  '.repeat(depth)
      const content = claims ? `\n${pad}    proxy_pass: http://127.0.0.1:1` : ''
      const timeout = claims ? `\n${pad}    proxy_read_timeout: 1s` : ''
      const nested = kind === '=' ? '' : written(inside, kind === '~' ? 'none' : text, depth + 2)
      const within = nested === '' ? '' : `\n${pad}    location:${nested}`
      const body = `${content}${timeout}${within}` || ' {}'
      return `\n${pad}  "${pattern.replaceAll('\\', '\\\\')}":${body}`
    })
    return lines.join('')
  }

  test('name the server that the kernel finds', { timeout: 60_000 }, () => {
    const name = fc.constantFrom(
      ...[
        'a.test',
        'b.a.test',
        '*.a.test',
        '.a.test',
        '*.b.a.test',
        'a.*',
        'b.a.*',
        '~^a',
        '~test$',
      ],
    )
    const host = fc.constantFrom(
      'a.test',
      'b.a.test',
      'c.b.a.test',
      'a.org',
      'b.a.org',
      'x',
      'x.test',
    )
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(name, { minLength: 1 }), { minLength: 1 }),
        host,
        (all, wanted) => {
          const servers = all.map((names) => {
            return `    - { listen: 127.0.0.1:80, server_name: ${JSON.stringify(names)} }\n`
          })
          const compiled = compileText(`http:\n  server:\n${servers.join('')}`)
          const told = asked(compiled, { url: `http://${wanted}/` })
          const plans = [...compiled.origins].filter(([plan]) => 'own' in plan)
          const fits = plans.map(([, block]) => {
            return bestFit(
              block.written.get(serverName)?.value as typeof serverName.initial,
              wanted,
            )
          })
          const none = fits.every((fit) => fit === undefined)
          expect(/as no server has|the only server/.test(told.server.reason) || !none).toBe(true)
          const won = fits[plans.findIndex(([plan]) => plan.mark === told.server.mark)]
          if (won && all.length > 0) expect(told.server.reason).toContain(`"${won.name.source}"`)
          else expect(none).toBe(true)
          expect(told.server.others.length).toBe(all.length - 1)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('the address', () => {
  const MANY = compileText(`http:
  server:
    - { listen: [127.0.0.1:80, "[::1]:8080", 8080, "unix:/run/x.sock"] }
    - { listen: 127.0.0.1:8080 }
`)
  test.each([
    ['http://127.0.0.1:8080/', '127.0.0.1:8080', 'port 8080 of the URL'],
    ['http://[::1]:8080/', '[::1]:8080', 'port 8080 of the URL'],
    ['example.com:8080', '0.0.0.0:8080', 'port 8080 of the URL'],
    ['HTTP://example.com/', '127.0.0.1:80', 'port 80, as the URL names none'],
    ['/', '127.0.0.1:80', 'the first address; --listen chooses another one'],
  ])('of %s is %s', (url, name, reason) => {
    expect(asked(MANY, { url }).listen).toMatchObject({ name, reason })
  })

  test.each([
    ['8080', '0.0.0.0:8080'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['unix:/run/x.sock', 'unix:/run/x.sock'],
  ])('--listen %s is %s', (listen, name) => {
    expect(asked(MANY, { listen }).listen).toMatchObject({
      name,
      reason: 'asked for with --listen',
    })
  })

  test.each([
    [{ url: 'http://a:81/' }, 'no server listens on port 81; there is 127.0.0.1:80, '],
    [{ listen: '10.0.0.1:80' }, 'no server listens on 10.0.0.1:80; there is'],
    [{ listen: 'a:b:c' }, 'is not an address'],
    [{ url: 'https://example.com/' }, 'is no URL'],
    [{ url: 'http://ftp://x/' }, 'is no URL'],
    [{ url: '' }, 'is no URL'],
    [{ method: 'GET /' }, 'is no method'],
    [{ headers: ['nonsense'] }, 'is no header'],
    [{ headers: ['A: b\r\nC: d'] }, 'is no header'],
    [{ headers: [': x'] }, 'is no header'],
  ])('%j is refused', (words, message) => {
    expect(() => asked(MANY, words)).toThrow(message)
  })

  test('there must be one', () => {
    expect(() => asked(compileText('http: {}'), {})).toThrow('no server listens on anything')
  })
})

describe('the request', () => {
  test('is understood as on the wire', () => {
    const told = asked(ONE, { url: 'http://Example.COM./a/../b%41?q=1 2#f' })
    expect(told.request).toEqual({
      method: 'GET',
      target: '/a/../b%41?q=1%202',
      host: 'example.com',
      uri: '/bA',
      args: 'q=1%202',
    })
  })

  test.each([
    [{ headers: ['Host: a/b'] }, 400],
    [{ headers: ['Host: a', 'Host: b'] }, 400],
    [{ url: '/%00' }, 400],
    [{ method: 'TRACE' }, 405],
    [{ url: `/${'x'.repeat(9000)}` }, 414],
    [{ headers: ['Content-Length: x'] }, 400],
  ])('%j is refused as on the wire', (words, status) => {
    const told = asked(ONE, words)
    expect(told.refused?.status).toBe(status)
    expect([told.location, told.upstreams]).toEqual([null, []])
  })

  test('its host is the address where nobody names one', () => {
    expect(asked(ONE, {}).request.host).toBe('127.0.0.1')
    expect(asked(ONE, { headers: ['host: x.test'] }).request.host).toBe('x.test')
    const wild = compileText('http:\n  server: { listen: 8080 }\n')
    expect(asked(wild, {}).request.host).toBe('localhost')
  })
})

describe('the text', () => {
  test('does nothing to a terminal', () => {
    const compiled = compileServer('location: { "/\\e[31m": { etag: off } }')
    const text = printExplanation(asked(compiled, { url: '/%1b[31m%07' }), '/')
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
    expect(text).toContain('location /\\x1b[31m')
    expect(text).toContain('the URI is /\\x1b[31m\\x07')
  })

  test('tells twenty of many others, JSON all of them', () => {
    const many = Array.from({ length: 30 }, (_, i) => `  /x${i}: {}`).join('\n')
    const told = asked(compileServer(`location:\n${many}`), {})
    expect(told.location?.others.length).toBe(30)
    const text = printExplanation(told, '/')
    expect(text.match(/^ {2}not /gm)?.length).toBe(20)
    expect(text).toContain('and 10 more (see --json)')
  })

  test('cuts what is endless', () => {
    const words = Array.from({ length: 500 }, (_, i) => `text/x${i}: x${i}`).join(', ')
    const text = printExplanation(asked(compileServer(`types: { ${words} }`), {}), '/')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(200)
  })
})

test('JSON has the members that the reference names', () => {
  const page = readFileSync('docs/reference/command-line.md', 'utf8')
  const table = page.slice(
    page.indexOf('| Member |'),
    page.indexOf('\n## ', page.indexOf('| Member |')),
  )
  const rows = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell)
  const named = rows.flatMap((cell) => cell.replaceAll('`', '').split(', '))
  expect(named.sort()).toEqual(Object.keys(asked(ONE, {})).sort())
})
