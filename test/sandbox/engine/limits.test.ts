import { describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { createEngine } from '../../../sandbox/engine/engine.ts'
import { DEFAULT_LIMITS, FUEL_PER_MS, HOST_CALL_FUEL } from '../../../sandbox/engine/limits.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import { ASK, asyncHook, base, engine, hook, limits, run, TestHost } from './harness.ts'

const pool = engine.pool(2)
const later = (_: number, a: Crossing) => Promise.resolve(a)

describe('fuel', () => {
  test('is the same number for the same work, whatever ran in the slot before', async () => {
    const script = hook(`
      const words = Array.from({ length: 50 }, (_, i) => 'w' + ((i * 37) % 50))
      return JSON.stringify(words.sort().map((w) => w.replace(/w/g, 'W')))`)
    const other = hook('return new Uint8Array(100000).fill(1).length')
    const burnt = new Set<number>()
    for (let each = 0; each < 20; each++) {
      burnt.add((await run(pool, script)).fuel)
      await run(pool, other)
    }
    expect(burnt.size).toBe(1)
  })

  test('is the same number in another slot, and after a wait', async () => {
    const script = asyncHook(`
      let sum = 0
      for (let i = 0; i < 5; i++) sum += await later(${ASK.later}, i)
      return String(sum)`)
    const all = Array.from({ length: 12 }, () => run(pool, script, [], new TestHost(later)))
    const fuel = (await Promise.all(all)).map((result) => result.fuel)
    expect(new Set(fuel).size).toBe(1)
  })

  test('counts what crosses', async () => {
    const script = hook(`ask(${ASK.echo}, a)`)
    const short = await run(pool, script, ['x'])
    const long = await run(pool, script, ['x'.repeat(16_000)])
    expect(long.fuel).toBeGreaterThan(short.fuel + 3 * 1000)
  })
})

describe('cpu', () => {
  test('ends a turn at exactly its fuel', async () => {
    const result = await run(pool, hook('for (;;);'))
    expect(result).toMatchObject({ verdict: 'cpu', fuel: DEFAULT_LIMITS.cpu * FUEL_PER_MS + 1 })
  })

  test('is counted anew for each turn, and in all for the request', async () => {
    const work = 'for (let i = 0; i < 5000; i++);'
    const script = asyncHook(`for (;;) { ${work} await later(${ASK.later}, 1) }`)
    const strict = limits({ cpu: 1, request: 5 })
    const result = await run(pool, script, [], new TestHost(later), { limits: strict })
    expect(result.verdict).toBe('cpu')
    expect(result.fuel).toBeGreaterThan(5 * FUEL_PER_MS)
    expect(result.fuel).toBeLessThan(5 * FUEL_PER_MS + HOST_CALL_FUEL + 100)
  })

  test('may be less than a millisecond', async () => {
    const strict = limits({ cpu: 0.01 })
    const result = await run(pool, hook('for (;;);'), [], new TestHost(), { limits: strict })
    expect(result).toMatchObject({ verdict: 'cpu', fuel: 0.01 * FUEL_PER_MS + 1 })
  })

  test('holds while an error is described', async () => {
    const body = 'throw { get message() { for (;;); } }'
    expect(await run(pool, hook(body))).toMatchObject({ verdict: 'cpu' })
  })

  test('holds while a script is loaded', () => {
    expect(() => base.script('for (;;);', { name: 'shop.js' })).toThrow(
      'shop.js: went over its limit of processor time while it was loaded (cpu)',
    )
  })
})

describe('memory', () => {
  test('is what the engine was given, whole', async () => {
    const small = createEngine({ limits: { memory: 16 << 20 } })
    const script = small.base(BOOTSTRAP).script(`handle(() => {
      const all = []
      try { for (;;) all.push(new Uint8Array(65536)) } catch (e) { return all.length + e.message }
    })`)
    const { body, memory } = await run(small.pool(1), script)
    const [, blocks] = /^(\d+)out of memory$/.exec(String(body)) ?? []
    expect(Number(blocks)).toBeGreaterThan(100)
    expect(Number(blocks)).toBeLessThan(16 * 16)
    expect(memory).toBeLessThan(16 << 20)
  })

  test('cannot be less than the engine itself begins with', () => {
    expect(() => createEngine({ limits: { memory: 8 << 20 } })).toThrow(
      'memory of 8388608 bytes is less than the engine begins with, 16777216',
    )
  })

  test('is told of each run', async () => {
    const small = await run(pool, hook('return 1'))
    const large = await run(pool, hook('return new Uint8Array(4000000).length'))
    expect(large.memory - small.memory).toBeGreaterThan(3_900_000)
  })

  test('that was refused once explains what goes wrong after it', async () => {
    const body = 'try { new ArrayBuffer(2 ** 30) } catch {} null.x'
    expect(await run(pool, hook(body))).toMatchObject({ verdict: 'memory' })
  })
})

describe('jobs', () => {
  test('may be as many as the limit in one drain', async () => {
    const script = asyncHook('for (let i = 0; i < a; i++) await null; return "x"')
    const strict = { limits: limits({ jobs: 100 }) }
    const few = await run(pool, script, [50], new TestHost(), strict)
    const many = await run(pool, script, [101], new TestHost(), strict)
    expect([few.verdict, many.verdict]).toEqual(['done', 'jobs'])
  })

  test('are counted anew after a wait', async () => {
    const script = asyncHook(`
      for (let k = 0; k < 5; k++) {
        for (let i = 0; i < 50; i++) await null
        await later(${ASK.later}, 1)
      }
      return 'x'`)
    const strict = { limits: limits({ jobs: 100 }) }
    const result = await run(pool, script, [], new TestHost(later), strict)
    expect(result).toMatchObject({ verdict: 'done', body: 'x' })
  })
})

describe('stack', () => {
  test('is what the engine was given', async () => {
    const depth = 'let n = 0; try { (function f() { n++; f() })() } catch {} return n'
    const deep = await run(pool, hook(depth))
    const shallow = createEngine({ limits: { stack: 64 << 10 } })
    const less = await run(
      shallow.pool(1),
      shallow.base(BOOTSTRAP).script(`handle(() => {${depth}})`),
    )
    const ratio = Number(deep.body) / Number(less.body)
    expect(ratio).toBeGreaterThan(3)
    expect(ratio).toBeLessThan(6)
  })
})

describe('an error', () => {
  test('that nobody caught has name, message and stack', async () => {
    const script = base.script('handle(function shop() { throw new RangeError("mine") })', {
      name: 'shop.js',
    })
    const { verdict, error } = await run(pool, script)
    expect({ verdict, ...error }).toMatchObject({
      verdict: 'error',
      name: 'RangeError',
      message: 'mine',
      stack: expect.stringContaining('shop.js:1'),
    })
  })

  test('that came later has them as well', async () => {
    const { verdict, error } = await run(
      pool,
      asyncHook('await null; throw new RangeError("mine")'),
    )
    expect({ verdict, ...error }).toMatchObject({ name: 'RangeError', message: 'mine' })
  })

  test.each([
    ["'text'", 'text'],
    ['42', '42'],
    ['undefined', 'undefined'],
    ['null', ''],
    ['Object.create(null)', ''],
  ])('may be %s', async (thrown, message) => {
    const { verdict, error } = await run(pool, hook(`throw ${thrown}`))
    expect({ verdict, message: error?.message }).toEqual({ verdict: 'error', message })
  })

  test('has texts of a limited length', async () => {
    const { error } = await run(pool, hook("throw new Error('x'.repeat(100000))"))
    expect(error?.message.length).toBe(8192)
  })

  test('while a script is loaded names the script and tells where', () => {
    const load = (source: string) => {
      try {
        return base.script(source, { name: 'shop.js' })
      } catch (error) {
        return error
      }
    }
    expect(load('let x = ;')).toMatchObject({
      code: 'script_not_loaded',
      message: expect.stringContaining('shop.js: error: SyntaxError'),
      guestStack: expect.stringContaining('shop.js:1:9'),
    })
    expect(load('\nnull.x')).toMatchObject({
      message: expect.stringContaining('TypeError'),
      guestStack: expect.stringContaining('shop.js:2'),
    })
  })

  test('says what a bootstrap lacks', () => {
    expect(() => engine.base('globalThis.enter = () => {}')).toThrow(
      'the bootstrap does not define settle()',
    )
  })
})
