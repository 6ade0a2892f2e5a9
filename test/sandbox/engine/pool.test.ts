import { afterEach, describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { ASK, asyncHook, engine, hook, run, TestHost } from './harness.ts'

const pool = engine.pool(2)

afterEach(() => {
  expect(pool.active).toBe(0)
})

/** A host whose answers come when the test says so. */
class SlowHost extends TestHost {
  readonly open: { value: Crossing; settle: (value: Crossing) => void }[] = []

  constructor() {
    super((op, a) => {
      if (op !== ASK.later) return undefined
      return new Promise((settle) => this.open.push({ value: a, settle }))
    })
  }

  /** Answers everything asked so far with what was asked. */
  answer(): void {
    for (const { value, settle } of this.open.splice(0)) settle(value)
  }
}

const tick = () => new Promise((resolve) => setImmediate(resolve))

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await tick()
}

describe('a run', () => {
  test('that never waits is over at once', () => {
    const host = new TestHost()
    const result = pool.run(hook('return "x"'), 'fetch', [], host)
    expect(result).toMatchObject({ verdict: 'done' })
    expect(host.body).toBe('x')
  })

  test('returns what its hook did, where that can cross', () => {
    const value = (body: string) => pool.run(hook(body), 'value', [], new TestHost())
    expect(value('return 7')).toMatchObject({ verdict: 'done', value: 7 })
    expect(value('return {}')).toMatchObject({ verdict: 'done', value: undefined })
  })

  test('that waits goes on when its answer comes', async () => {
    const host = new SlowHost()
    const result = pool.run(
      asyncHook(`return 'got ' + (await later(${ASK.later}, a))`),
      'fetch',
      ['it'],
      host,
    )
    expect(result).toBeInstanceOf(Promise)
    host.answer()
    expect(await result).toMatchObject({ verdict: 'done' })
    expect(host.body).toBe('got it')
  })

  test('has answered before it is over, where it has more to wait for', async () => {
    const host = new SlowHost()
    const result = pool.run(
      asyncHook(`later(${ASK.later}, 1).then(() => ask(${ASK.echo}, 'after')); return 'x'`),
      'fetch',
      [],
      host,
    )
    expect(host.body).toBe('x')
    host.answer()
    expect(await result).toMatchObject({ verdict: 'done' })
    expect(host.asked.at(-1)?.[1]).toBe('after')
  })

  test('can be given up while it waits', async () => {
    const control = new AbortController()
    const host = new SlowHost()
    const script = asyncHook(`await later(${ASK.later}, 1); return 'x'`)
    const result = pool.run(script, 'fetch', [], host, { signal: control.signal })
    control.abort()
    expect(await result).toMatchObject({ verdict: 'aborted' })
    host.answer()
    await tick()
    expect(host.body).toBeUndefined()
  })

  test('can be given up in the middle of a turn, which it ends', async () => {
    const control = new AbortController()
    const host = new TestHost((op) => {
      control.abort()
      return op === ASK.later ? new Promise(() => {}) : undefined
    })
    const script = asyncHook(
      `later(${ASK.later}, 1).then(() => {}); ask(${ASK.echo}); await later(${ASK.later}, 2)`,
    )
    const result = await pool.run(script, 'fetch', [], host, { signal: control.signal })
    expect(result).toMatchObject({ verdict: 'aborted' })
    expect(host.asked).toHaveLength(3)
  })

  test('can be given up before it begins', async () => {
    const signal = AbortSignal.abort()
    const host = new SlowHost()
    const result = await pool.run(hook('return "x"'), 'fetch', [], host, { signal, when: 'batch' })
    expect(result).toMatchObject({ verdict: 'aborted', fuel: 0 })
  })

  test('may start another one in the middle of its turn', async () => {
    const inner = hook('return "inner"')
    const host = new TestHost((_, a) => {
      if (typeof a !== 'string') return undefined
      const asked = new TestHost()
      pool.run(inner, 'fetch', [], asked)
      return asked.body
    })
    const body = `return ask(${ASK.echo}, 'go') + zeros.join('')`
    expect((await run(pool, hook(body, 'const zeros = new Uint8Array(3)'), [], host)).body).toBe(
      'inner000',
    )
  })

  test('that finds all slots in the middle of a turn is queued', async () => {
    const leaf = hook('return "leaf"')
    const results: unknown[] = []
    const deep = (depth: number) =>
      new TestHost(() => {
        if (depth > 0)
          results.push(pool.run(hook(`ask(${ASK.echo}); return 'x'`), 'fetch', [], deep(depth - 1)))
        else results.push(pool.run(leaf, 'fetch', [], new TestHost()))
        return undefined
      })
    await run(pool, hook(`ask(${ASK.echo}); return 'x'`), [], deep(4))
    while (results.some((each) => each instanceof Promise)) {
      results.push(...(await Promise.all(results.splice(0))))
    }
    expect(results).toHaveLength(5)
    expect(results).toEqual(
      Array.from({ length: 5 }, () => expect.objectContaining({ verdict: 'done' })),
    )
  })
})

describe('runs in a batch', () => {
  test('begin after this turn of the event loop, script by script', async () => {
    const order: string[] = []
    const script = (name: string) => hook(`ask(${ASK.echo}, '${name}')`)
    const [one, two] = [script('one'), script('two')]
    const host = new TestHost((_, a) => {
      order.push(String(a))
      return undefined
    })
    const runs = [one, two, one, two, one].map((each) =>
      pool.run(each, 'fetch', [], host, { when: 'batch' }),
    )
    expect(order).toEqual([])
    await Promise.all(runs)
    expect(order).toEqual(['one', 'one', 'one', 'two', 'two'])
  })
})

describe('runs that wait', () => {
  test('may be a thousand in one slot, and none sees another', async () => {
    const single = engine.pool(1)
    const script = asyncHook(
      `
      let text = 'begin ' + a
      counts[a % 5000] = 1
      seen.set(a, text)
      const first = await later(${ASK.later}, text)
      const second = await later(${ASK.later}, first + '!')
      let sum = 0
      for (const each of counts) sum += each
      return [second, sum, seen.size, text].join()`,
      'const counts = new Uint8Array(5000); const seen = new Map()',
    )
    const hosts = Array.from({ length: 1000 }, () => new SlowHost())
    const all = hosts.map((host, index) => single.run(script, 'fetch', [index], host))
    expect(single.active).toBe(1000)
    const shuffled = hosts.map((host, index) => ({ host, at: (index * 7919) % 1009 }))
    shuffled.sort((a, b) => a.at - b.at)
    for (const { host } of shuffled) host.answer()
    await until(() => hosts.every(({ open }) => open.length === 1))
    for (const { host } of shuffled.reverse()) host.answer()
    const results = await Promise.all(all)
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['done']))
    for (const [index, host] of hosts.entries()) {
      expect(host.body).toBe(`begin ${index}!,1,1,begin ${index}`)
    }
    expect(new Set(results.map(({ fuel }) => fuel)).size).toBeLessThan(5)
    single.close()
  })

  test('keep their slot as long as nobody needs it', async () => {
    const host = new SlowHost()
    const result = pool.run(
      asyncHook(
        `return zeros.length + (await later(${ASK.later}, '!'))`,
        'const zeros = new Uint8Array(9)',
      ),
      'fetch',
      [],
      host,
    )
    host.answer()
    await result
    expect(host.body).toBe('9!')
  })

  test('may keep only so much outside of a slot', async () => {
    const single = engine.pool(1)
    const script = asyncHook(`
      const all = new Uint8Array(a).fill(7)
      await later(${ASK.later}, 1)
      return String(all.length)`)
    const hosts = [new SlowHost(), new SlowHost()]
    const all = hosts.map((host, at) => single.run(script, 'fetch', [at === 0 ? 9 << 20 : 9], host))
    expect(await all[0]).toMatchObject({ verdict: 'memory' })
    for (const host of hosts) host.answer()
    expect(await all[1]).toMatchObject({ verdict: 'done' })
    expect(hosts.map(({ body }) => body)).toEqual([undefined, '9'])
  })

  test('are refused an answer that is too long to cross', async () => {
    const host = new TestHost((op) =>
      op === ASK.later ? Promise.resolve('x'.repeat((8 << 20) + 1)) : undefined,
    )
    const script = asyncHook(`try { await later(${ASK.later}) } catch (e) { return e.name }`)
    expect((await run(pool, script, [], host)).body).toBe('RangeError')
  })

  test('are given up when the pool is closed, and none begins then', async () => {
    const closing = engine.pool(1)
    const script = asyncHook(`await later(${ASK.later}, 1); return 'x'`)
    const all = [1, 2, 3].map(() => closing.run(script, 'fetch', [], new SlowHost()))
    closing.close()
    expect((await Promise.all(all)).map(({ verdict }) => verdict)).toEqual([
      'aborted',
      'aborted',
      'aborted',
    ])
    expect(closing.active).toBe(0)
    expect(() => closing.run(script, 'fetch', [], new SlowHost())).toThrow('the pool is closed')
  })
})

describe('state', () => {
  const counter = hook('return ++count', 'let count = 0')

  test('is fresh for every run', async () => {
    const seen = [await run(pool, counter), await run(pool, counter)].map(({ body }) => body)
    expect(seen).toEqual(['1', '1'])
  })

  test('is kept from run to run where that is wanted', async () => {
    const single = engine.pool(1)
    const bodies: Crossing[] = []
    for (let each = 0; each < 3; each++) {
      bodies.push((await run(single, counter, [], new TestHost(), { state: 'reuse' })).body)
    }
    expect(bodies).toEqual(['1', '2', '3'])
  })

  test('that was kept is never seen by a run that wants it fresh', async () => {
    const single = engine.pool(1)
    await run(single, counter, [], new TestHost(), { state: 'reuse' })
    expect((await run(single, counter)).body).toBe('1')
  })

  test('is not kept after an error', async () => {
    const single = engine.pool(1)
    const script = hook('count++; if (a) throw 1; return count', 'let count = 0')
    const reuse = { state: 'reuse' } as const
    await run(single, script, [0], new TestHost(), reuse)
    await run(single, script, [1], new TestHost(), reuse)
    expect((await run(single, script, [0], new TestHost(), reuse)).body).toBe('1')
  })

  test('is not kept when it has grown too much', async () => {
    const single = engine.pool(1)
    const script = hook('all.push(new Uint8Array(3000000)); return all.length', 'const all = []')
    const bodies: Crossing[] = []
    for (let each = 0; each < 5; each++) {
      bodies.push((await run(single, script, [], new TestHost(), { state: 'reuse' })).body)
    }
    expect(bodies).toEqual(['1', '2', '3', '1', '2'])
  })

  test('can be kept for thousands of runs without growing', async () => {
    const single = engine.pool(1)
    const script = hook(`return ask(${ASK.echo}, a) + b.length`)
    const memory = new Set<number>()
    const bytes = new Uint8Array(5000)
    for (let each = 0; each < 3000; each++) {
      const values = ['é'.repeat(100), bytes]
      memory.add((await run(single, script, values, new TestHost(), { state: 'reuse' })).memory)
    }
    expect(memory.size).toBeLessThan(3)
  })
})

describe('Math.random', () => {
  test('is another one in each run', async () => {
    const script = hook('return Math.random()')
    const seen = new Set<Crossing>()
    for (let each = 0; each < 100; each++) seen.add((await run(pool, script)).body)
    expect(seen.size).toBe(100)
  })
})
