import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import { ASK, asyncHook, base, engine, hook, limits, run, TestHost } from './harness.ts'

const RUNS = Number(process.env.GATEWAY_FUZZ ?? 300)
const pool = engine.pool(1)
const strict = { limits: limits({ cpu: 4, request: 8, jobs: 200, tickets: 20 }) }

const crossing: fc.Arbitrary<Crossing> = fc.oneof(
  fc.constant(undefined),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  fc.string({ maxLength: 20 }).map((text) => text.repeat(2000)),
  fc.uint8Array(),
)

/** JavaScript of any value, the hostile ones included. */
const value = fc.oneof(
  fc
    .constantFrom(
      ...['undefined', 'null', 'true', '-0', 'NaN', '1e400', '2 ** 31', '-1', '1.5', '10n ** 50n'],
      ...['Symbol()', '({})', '[]', '[1, 2]', '() => 1', 'new Proxy({}, {})', 'new Proxy([], {})'],
      ...[
        '{ toString() { throw 1 } }',
        '{ valueOf() { for (;;); } }',
        '{ get then() { throw 2 } }',
      ],
      ...['{ then(r) { r(1) } }', 'Promise.reject(1)', 'Promise.resolve("x")', 'globalThis'],
      ...[
        'new Uint8Array(8)',
        'new Uint8Array(3).subarray(1)',
        'new Uint16Array(3)',
        'new DataView(new ArrayBuffer(3))',
      ],
      ...[
        'new ArrayBuffer(4)',
        "new String('x')",
        "Object(Symbol('x'))",
        'new Date(NaN)',
        '/x/g',
        'new Error("x")',
      ],
      ...[
        "'x'.repeat(9000) + 'y'.repeat(9000)",
        "'\\0\\ud800'",
        "'一'.repeat(500)",
        "''",
        "'x'.repeat(100000).slice(3)",
      ],
      ...[
        "(() => { let s = 'ab'; for (let i = 0; i < 27; i++) s += s; return s })()",
        'new SharedArrayBuffer(4)',
      ],
    )
    .map((text) => `(${text})`),
  fc.json().map((text) => `JSON.parse(${JSON.stringify(text)})`),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
)

const probe = base.script(`const z = new Uint8Array(500)
  handle(() => [z.reduce((a, b) => a + b), [3, 1, 2].sort(), JSON.stringify({ a: 'é' }), new Map([[1, 2]]).size].join())`)
const reference = await run(pool, probe)

async function expectUnharmed(): Promise<void> {
  expect(await run(pool, probe)).toEqual(reference)
  expect(pool.active).toBe(0)
}

test('whatever crosses there and back is the same', async () => {
  const echo = hook(`const back = ask(${ASK.echo}, a, b, c); return back`)
  await fc.assert(
    fc.asyncProperty(crossing, crossing, crossing, async (a, b, c) => {
      const host = new TestHost()
      const { verdict, value } = await pool.run(echo, 'value', [a, b, c], host)
      expect(verdict).toBe('done')
      expect(value).toStrictEqual(a)
      expect(host.asked[0]).toStrictEqual([ASK.echo, a, b, c])
    }),
    { numRuns: RUNS },
  )
})

test('whatever is answered later arrives, or is refused', async () => {
  const script = asyncHook(`
    const seen = await Promise.allSettled([later(${ASK.later}, 0), later(${ASK.later}, 1)])
    for (const { value, reason } of seen) ask(${ASK.echo}, reason ? reason.name : value)
    return 'x'`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(crossing), { minLength: 2, maxLength: 2 }),
      async (answers) => {
        const host = new TestHost((op, a) => {
          if (op !== ASK.later) return undefined
          const answer = answers[a as number]
          if (answer === null) return Promise.reject(refusal('RangeError', 'no'))
          return Promise.resolve(answer)
        })
        expect(await run(pool, script, [], host)).toMatchObject({ verdict: 'done' })
        const told = host.asked.slice(2).map(([, a]) => a)
        expect(told).toStrictEqual(
          answers.map((answer) => (answer === null ? 'RangeError' : answer)),
        )
      },
    ),
    { numRuns: RUNS },
  )
})

test('whatever the host is called with, it gets what can cross, and the run ends with a verdict', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), fc.boolean(), async (values, catches) => {
      const call = `ask(${values.map((each, at) => (at === 0 && catches ? `Number(${each})` : each)).join(', ')})`
      const script = hook(catches ? `try { ${call} } catch {} return 'x'` : call)
      const host = new TestHost()
      const result = await run(pool, script, [], host, strict)
      expect(['done', 'error', 'cpu', 'memory', 'stack']).toContain(result.verdict)
      for (const [op, ...crossed] of host.asked) {
        expect(typeof op).toBe('number')
        for (const each of crossed) expect(isCrossing(each)).toBe(true)
      }
      await expectUnharmed()
    }),
    { numRuns: RUNS },
  )
})

test('whatever the guest answers, throws or settles, the run ends with a verdict', async () => {
  const way = fc.constantFrom(
    'return',
    'throw',
    'await null; return',
    'await null; throw',
    'return await',
  )
  await fc.assert(
    fc.asyncProperty(value, way, async (answer, how) => {
      const result = await run(pool, asyncHook(`${how} ${answer}`), [], new TestHost(), strict)
      expect(['done', 'error', 'cpu', 'memory', 'stack', 'jobs']).toContain(result.verdict)
      if (result.error) {
        for (const text of Object.values(result.error)) expect(typeof text).toBe('string')
      }
      await expectUnharmed()
    }),
    { numRuns: RUNS },
  )
})

test('whatever the host answers, the guest gets it or the run says that the host has failed', async () => {
  const wrong = fc.constantFrom<unknown>(
    null,
    true,
    {},
    [],
    10n,
    Symbol('s'),
    () => 1,
    new Uint16Array(2),
  )
  await fc.assert(
    fc.asyncProperty(wrong, fc.boolean(), async (answer, later) => {
      const host = new TestHost(() => (later ? Promise.resolve(answer) : answer) as Crossing)
      const script = asyncHook(later ? `await later(${ASK.later})` : `ask(${ASK.echo})`)
      expect(await run(pool, script, [], host)).toMatchObject({ verdict: 'host' })
      await expectUnharmed()
    }),
    { numRuns: 100 },
  )
})

function isCrossing(value: unknown): boolean {
  if (value instanceof Uint8Array) return Object.getPrototypeOf(value) === Uint8Array.prototype
  return ['undefined', 'number', 'string'].includes(typeof value)
}
