import { expect, test } from 'vitest'
import { get } from './harness.ts'
import { inGuest } from './same.ts'

/** Pattern, URL or parts, groups of the pathname; from the URL Pattern Standard. */
const CASES: [unknown, unknown, Record<string, string> | null][] = [
  [{ pathname: '/books/:id' }, 'https://h/books/7', { id: '7' }],
  [{ pathname: '/books/:id' }, 'https://h/books/7/x', null],
  [{ pathname: '/books/:id(\\d+)' }, 'https://h/books/x', null],
  [{ pathname: '/a/*' }, 'https://h/a/b/c', { 0: 'b/c' }],
  [{ pathname: '/a{/b}?' }, 'https://h/a', {}],
  [{ pathname: '/:x?' }, 'https://h/', null],
  [{ pathname: '/:x+' }, 'https://h/a/b', { x: 'a/b' }],
  [{ pathname: '/caf%C3%A9' }, 'https://h/café', {}],
  ['https://*.example.com/:path', 'https://api.example.com/x', { path: 'x' }],
  [{ protocol: 'http{s}?', hostname: 'h' }, 'http://h/any', { 0: '/any' }],
]

test.each(CASES)('%j for %j', async (pattern, url, groups) => {
  const code = `const found = new URLPattern(values[0]).exec(values[1]); return found && found.pathname.groups`
  const { value } = (await inGuest(code, [pattern, url])) as {
    value: Record<string, string> | null
  }
  expect(value).toEqual(groups)
})

test('a malformed pattern is a TypeError', async () => {
  expect(await inGuest(`new URLPattern({ pathname: '/(' })`)).toMatchObject({ thrown: 'TypeError' })
})

test('a part that the image has not is asked for once, when it is first named', async () => {
  const source = `export default { fetch: () => new Response([
    new URLPattern({ pathname: '/x' }).test('https://h/x'),
    new URLPattern({ pathname: '/x' }).test('https://h/y'),
    typeof ReadableStream,
  ].join()) }`
  const outcome = await get(source, { image: 'core' })
  expect(outcome.body).toBe('true,false,function')
  expect(outcome.ops.filter((op) => op === 12)).toHaveLength(2)
  expect((await get(source)).ops).not.toContain(12)
})
