import { expect, test } from 'vitest'
import { TestScript } from './harness.ts'

// Fuel is the same on every machine, so that what a request costs can be held to a number. The image
// has all parts of the web API.
test.each([
  ['a hook that does nothing', 'access() {}', 'access', 1000],
  ["new Response('hi')", "fetch() { return new Response('hi') }", 'fetch', 1800],
  [
    'reading three headers as well',
    `fetch({ headers }) {
      return new Response(headers.get('host') + headers.get('accept') + headers.get('x-id'))
    }`,
    'fetch',
    4200,
  ],
  [
    'an answer with three headers',
    "fetch() { return new Response('', { headers: { 'x-a': '1', 'x-b': '2', 'x-c': '3' } }) }",
    'fetch',
    4600,
  ],
  ['an async hook', "async fetch() { return new Response('hi') }", 'fetch', 2800],
])('%s costs little fuel, and always the same', async (_, code, hook, most) => {
  const script = new TestScript(`export default { ${code} }`)
  const first = await script.run({ entry: [hook] })
  const second = await script.run({ entry: [hook] })
  expect(first.verdict).toBe('done')
  expect(first.fuel).toBeLessThanOrEqual(most)
  expect(second.fuel).toBe(first.fuel)
})

test('what is made before a run is used once: a guest that is reused has new ones', async () => {
  const script = new TestScript(`
    const seen = new Set()
    export default { fetch(request, env, ctx) {
      const isNew = !seen.has(request) && !seen.has(ctx)
      seen.add(request).add(ctx)
      return new Response([isNew, seen.size, request.url].join())
    } }`)
  const run = (path: string) =>
    script.run({ state: 'reuse', request: { url: `https://shop.example${path}` } })
  expect((await run('/a')).body).toBe('true,2,https://shop.example/a')
  expect((await run('/b')).body).toBe('true,4,https://shop.example/b')
})

test('an image keeps nothing of what a run did to what was made before it', async () => {
  const script = new TestScript(`export default { fetch(request) {
    const before = request.mark ?? 'none'
    request.mark = 'left'
    return new Response(before)
  } }`)
  expect((await script.run()).body).toBe('none')
  expect((await script.run()).body).toBe('none')
})
