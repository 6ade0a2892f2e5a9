import fc from 'fast-check'
import { expect, test } from 'vitest'
import { get } from './harness.ts'
import { inGuest, same } from './same.ts'

const name = fc.oneof(
  fc.constantFrom('a', 'B', 'x-y', 'Set-Cookie', 'set-cookie', 'Accept'),
  fc.string({ maxLength: 3 }),
)
const value = fc.oneof(
  fc.constantFrom('1', ' two ', '\t3\r\n', '', 'a,b', 'é', '\0', 'x\ny', '日'),
  fc.string({ maxLength: 5 }),
)
const step = fc.oneof(
  fc.tuple(fc.constantFrom('append', 'set'), name, value),
  fc.tuple(fc.constantFrom('delete', 'get', 'has'), name),
)

test('headers do what those of Node do, whatever is done to them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      await same(
        `const headers = new Headers(), seen = []
        for (const [method, ...args] of values) {
          try { seen.push(headers[method](...args) ?? null) } catch (error) { seen.push(error.name) }
        }
        return [seen, [...headers], headers.getSetCookie(), [...headers.keys()], [...headers.values()]]`,
        steps,
      )
    }),
    { numRuns: 150 },
  )
})

test('a record becomes the headers it becomes in Node, or the same error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 5 }), async (pairs) => {
      await same(
        `const record = Object.fromEntries(values)
        try {
          const headers = new Response('', { headers: record }).headers
          return [[...headers], headers.get('content-type'), headers.get('x-y')]
        } catch (error) { return error.name }`,
        pairs,
      )
    }),
    { numRuns: 150 },
  )
})

test.each([
  'return [...new Headers({ b: "2", A: "1" })]',
  'return [...new Headers([["b", "2"], ["a", "1"], ["b", "3"]])]',
  'return [...new Headers(new Headers({ a: "1" }))]',
  'return [...new Headers(new Map([["a", "1"]]))]',
  'return new Headers([["a"]])',
  'return new Headers([["a", "b", "c"]])',
  'return new Headers("text")',
  'return new Headers(null)',
  'return new Headers({ "a b": "1" })',
  'const h = new Headers({ a: "1" }); const seen = []; h.forEach((v, n, o) => seen.push(v, n, o === h)); return seen',
  'const h = new Headers({ a: "1", c: "3" }); const seen = []; for (const [n] of h) { seen.push(n); if (n === "a") h.append("b", "2") } return seen',
  'return String(new Headers())',
  'return Object.prototype.toString.call(new Headers().entries())',
  'const h = new Headers(); h.append("set-cookie", "a=1"); h.append("set-cookie", "b=2"); return [h.get("set-cookie"), h.getSetCookie(), [...h]]',
])('%s', (code) => same(code))

test('the headers of the client are asked for one by one', async () => {
  const answer = await get(
    `export default { fetch: ({ headers }) => new Response(headers.get('Accept') + headers.get('none')) }`,
    { request: { headers: { accept: '*/*' } } },
  )
  expect(answer.body).toBe('*/*null')
  // Two questions, one of them also in lower case at the host, and the answer.
  expect(answer.ops).toEqual([16, 16, 0])
})

test('the headers of the client cannot be changed, a copy of them can', async () => {
  const answer = await get(`export default { fetch(request) {
    const copy = new Headers(request.headers)
    copy.set('x', 'y')
    try { request.headers.set('x', 'y') } catch (error) {
      return new Response(error.name, { headers: copy })
    }
  } }`)
  expect(answer).toMatchObject({ body: 'TypeError' })
  expect(answer.fields).toEqual([
    'host',
    'shop.example',
    'x',
    'y',
    'content-type',
    'text/plain;charset=UTF-8',
  ])
})

test('a name that is none is an error even where the host is asked', async () => {
  const answer = await get(`export default { fetch({ headers }) {
    try { headers.get('a b') } catch (error) { return new Response(error.name) }
  } }`)
  expect(answer.body).toBe('TypeError')
})

test('names and values with line ends and NUL are refused', async () => {
  const answer = await inGuest(`return ['a\\r\\nb', 'a\\0b', 'a\\nb: c'].map((text) => {
    const errors = []
    try { new Headers({ [text]: 'x' }) } catch (error) { errors.push(error.name) }
    try { new Headers({ x: text }) } catch (error) { errors.push(error.name) }
    return errors.join()
  })`)
  expect(answer).toEqual({ value: Array(3).fill('TypeError,TypeError') })
})
