import { expect, test } from 'vitest'
import { get } from './harness.ts'

async function logs(code: string, limits = {}): Promise<string[]> {
  const outcome = await get(`export default { fetch() { ${code}; return new Response() } }`, {
    limits,
  })
  expect(outcome.kind).toBe('answered')
  return outcome.logs
}

test('levels', async () => {
  const code = `console.log(1); console.info(2); console.debug(3); console.warn(4); console.error(5)`
  expect(await logs(code)).toEqual(['info: 1', 'info: 2', 'debug: 3', 'warn: 4', 'error: 5'])
})

test.each([
  [
    `'%s is %d, %i and %f; %o %% %c!', 'a', '4', 4.7, '1.5', { x: 1 }, 'css', 'more'`,
    'a is 4, 4 and 1.5; { x: 1 } % ! more',
  ],
  [`'%s', `, '%s'],
  [`'a', 1, null, undefined, true, 10n, Symbol('s')`, 'a 1 null undefined true 10n Symbol(s)'],
  [
    `{ a: 'x', 'b-c': [1, , 3], d: { e: { f: { g: {} } } } }`,
    `{ a: 'x', 'b-c': [ 1, undefined, 3 ], d: { e: { f: { g: [Object] } } } }`,
  ],
  ['[new Map([[1, { a: 2 }]]), new Set(["x"])]', `[ Map(1) { 1 => { a: 2 } }, Set(1) { 'x' } ]`],
  ['(() => { const a = {}; a.self = a; return a })()', '{ self: [Circular] }'],
  ['{ get secret() { throw 1 } }', '{ secret: [Getter] }'],
  ['class Point { x = 1 }, new (class Point { x = 1 })()', '[Function: Point] Point { x: 1 }'],
  [
    'new Date(0), /a/g, new Uint8Array([1, 2])',
    '1970-01-01T00:00:00.000Z /a/g Uint8Array(2) [ 1, 2 ]',
  ],
  [`["it's"]`, `[ 'it\\'s' ]`],
  ['Object.create(null)', '{}'],
  ['', ''],
])('shows %s', async (args, text) => {
  expect(await logs(`console.log(${args})`)).toEqual([`info: ${text}`])
})

test('errors with their stack', async () => {
  const [line] = await logs(`console.error(new RangeError('no'))`)
  expect(line).toMatch(/^error: RangeError: no\n +at .*script\.ts:/)
})

test('what is long, wide or deep is cut', async () => {
  const lines = await logs(`
    console.log('x'.repeat(100000))
    console.log(Array.from({ length: 1000 }, (_, i) => i))
    const nest = (n) => n ? Array(50).fill(nest(n - 1)) : 1
    console.log(nest(4))`)
  expect(lines.map((line) => line.length).every((length) => length < 8300)).toBe(true)
  expect(lines[1]).toContain('… 900 more')
})

test('groups, counts, assertions and times', async () => {
  const code = `console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c')
    console.count(); console.count(); console.countReset(); console.count('x')
    console.assert(true, 'no'); console.assert(false, 'it', 'is')
    console.time('t'); console.timeEnd('t'); console.timeEnd('t')`
  const lines = await logs(code)
  expect(lines.slice(0, 7)).toEqual([
    'info: g',
    'info:   a\n  b',
    'info: c',
    'info: default: 1',
    'info: default: 2',
    'info: x: 1',
    'error: Assertion failed: it is',
  ])
  expect(lines[7]).toMatch(/^info: t: \d+ms$/)
  expect(lines).toHaveLength(8)
})

test('a log ends at its limit, and says so', async () => {
  const lines = await logs(`for (let i = 0; i < 100; i++) console.log('0123456789')`, { log: 27 })
  expect(lines).toEqual([
    'info: 0123456789',
    'info: 0123456789',
    'info: 01234',
    'warn: the log of this request is full',
  ])
})

test('empty lines and reported errors fill a log as well', async () => {
  const lines = await logs(`for (let i = 0; i < 100; i++) console.log('')`, { log: 5 })
  expect(lines).toHaveLength(6)
  const outcome = await get(
    `export default { fetch() { for (let i = 0; i < 100; i++) reportError(new Error('x')); return new Response() } }`,
    { limits: { log: 200 } },
  )
  expect(outcome.reported.length).toBeGreaterThan(0)
  expect(outcome.reported.length).toBeLessThan(10)
})
