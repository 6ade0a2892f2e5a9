import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UrlOp } from '../../../sandbox/border/ops.ts'
import { urlOp } from '../../../sandbox/host/url-ops.ts'
import { get } from './harness.ts'
import { same } from './same.ts'

const PIECES = `['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']`

/** Cases like those of the URL Standard's tests: schemes, hosts of all kinds, dots, escapes, ports. */
const URLS = [
  ['http://example.com:80/a/../b?c#d'],
  ['HTTPS://User:pa%20ss@EXAMPLE.com:8443/%7Efoo/%2e%2E/?q=a b#é'],
  ['http://[::1]:8080/'],
  ['http://[::ffff:1.2.3.4]/'],
  ['http://0x7f.1/'],
  ['http://256.256.256.256/'],
  ['http://ex ample.com/'],
  ['http://a.b.c.d.:99999/'],
  ['http:///x'],
  ['http:example.com', 'http://base/'],
  ['//other/path', 'https://base/x'],
  ['../up?x', 'http://h/a/b/c'],
  ['?only', 'http://h/a#b'],
  ['#frag', 'http://h/a?q'],
  ['', 'http://h/a?q#f'],
  ['mailto:someone@example.com'],
  ['data:text/plain,hello world#x'],
  ['javascript:alert(1)'],
  ['file:///C|/windows'],
  ['blob:https://example.com/id'],
  ['http://bücher.example/ü?ü#ü'],
  ['http://xn--bcher-kva.example/'],
  ['\\t\\nhttp://h\\r/ '],
  ['http:\\\\\\\\h\\\\p'],
  ['no scheme'],
  ['http://h/\\ud800'],
  ['ws://h:80/'],
  ['non-special://h:80/a/../b'],
]

test.each(URLS)('parses %s as Node does', async (url, base?: string) => {
  const args = base === undefined ? `"${url}"` : `"${url}", "${base}"`
  await same(`const u = new URL(${args}); return ${PIECES}.map((piece) => u[piece])`)
  await same(
    `return [URL.canParse(${args}), String(URL.parse?.(${args}) ?? (URL.canParse(${args}) ? new URL(${args}) : null))]`,
  )
})

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('é', '+', '%zz', '%e9', '%F0%9F%98%80', '&=', '\ud800', '😀'),
)

test('setters do what those of Node do', async () => {
  const piece = fc.constantFrom(
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
    'href',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(piece, text), { maxLength: 4 }), async (changes) => {
      await same(
        `const u = new URL('https://user@host.example:1234/path?query#hash')
        const params = u.searchParams
        for (const [piece, value] of values) try { u[piece] = value } catch (error) { if (!(error instanceof TypeError)) throw error }
        return [...${PIECES}.map((piece) => u[piece]), String(u), u.toJSON(), [...params]]`,
        changes,
      )
    }),
    { numRuns: 100 },
  )
})

test('the origin cannot be set', () =>
  same(`const u = new URL('http://a'); try { u.origin = 'x' } catch {} return u.origin`))

test('search parameters do what those of Node do', async () => {
  const step = fc.oneof(
    fc.tuple(fc.constantFrom('append', 'set', 'has', 'delete'), text, text),
    fc.tuple(fc.constantFrom('get', 'getAll', 'has', 'delete'), text),
    fc.tuple(fc.constant('sort')),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.array(step, { maxLength: 6 }), async (query, steps) => {
      await same(
        `const url = new URL('http://h/?' + encodeURIComponent('x') + '=1')
        const seen = []
        for (const params of [new URLSearchParams(values.query), url.searchParams]) {
          for (const [method, ...args] of values.steps) seen.push(params[method](...args) ?? null)
          seen.push([...params], String(params), params.size)
        }
        return [seen, url.href]`,
        { query, steps },
      )
    }),
    { numRuns: 150 },
  )
})

test('queries are parsed and written as Node does it', async () => {
  // Node 20 loses what is not ASCII beside a malformed escape, so there is none of it here.
  const unit = fc.constantFrom(..."ab=&+ 9~!'()*-._?#%", '%C3', '%A9', '%41', '%e2%82%ac')
  await fc.assert(
    fc.asyncProperty(fc.string({ unit, maxLength: 12 }), (query) =>
      same('const p = new URLSearchParams(values); return [[...p], String(p)]', query),
    ),
    { numRuns: 150 },
  )
  await same('return [...new URLSearchParams("é=%C3%A9&日=😀+")]')
})

test.each([
  'return String(new URLSearchParams({ a: "1", b: "é" }))',
  'return String(new URLSearchParams([["a", "1"], ["a", "2"]]))',
  'return String(new URLSearchParams(new Map([["a", "1"]])))',
  'return String(new URLSearchParams([["a"]]))',
  'return [...new URLSearchParams("%FE%FF=%41&\\ufeffx=%EF%BB%BF")]',
  'return Object.prototype.toString.call(new URLSearchParams())',
  'const p = new URLSearchParams("a=1&b=2&c=3"); const seen = []; for (const [n] of p) { seen.push(n); p.delete(n) } return seen',
  'const u = new URL("http://h/?a=1"); u.searchParams.delete("a"); return u.href',
  'const u = new URL("http://h/"); u.search = "?b=2"; return [...u.searchParams]',
  'return new URL("nope")',
])('%s', (code) => same(code))

test('the URL of the request is asked for when it is read, once', async () => {
  const unread = await get(`export default { fetch: () => new Response('x') }`)
  expect(unread.ops).toEqual([0])
  const read = await get(
    `export default { fetch: (request) => new Response(request.url + request.url) }`,
  )
  expect(read.ops).toEqual([19, 0])
})

test('a host name with an umlaut is one however often it is parsed', () => {
  const parse = (url: string) => urlOp(UrlOp.parse, url, undefined, undefined)
  const found = new Set(Array.from({ length: 30_000 }, () => parse('http://b\u00fccher.example/')))
  expect(found.size).toBe(1)
  expect([...found][0]).toContain('http://xn--bcher-kva.example/')
})
