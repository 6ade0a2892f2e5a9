import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import {
  ERRAND_FUEL,
  FORWARDED_FUEL,
  FUEL_PER_MS,
  LIGHT_RUNS,
  LIGHT_TURNS,
} from '../../../sandbox/engine/limits.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { ASK, asyncHook, engine, hook, limits, run, TestHost } from './harness.ts'
import { PROGRAMS } from './programs.ts'

const SLICE = FUEL_PER_MS
const threads = new Threads({ limits: { slice: 1 } })
const here = engine.pool(2)
const away = engine.pool(2, threads)

afterEach(() => {
  expect([away.active, here.active, away.swapped, threads.length]).toEqual([0, 0, 0, 0])
})

afterAll(() => {
  threads.close()
  expect(threads.size).toBe(0)
})

/** Burns two slices. */
const BURN = 'for (let i = 0, n = 0; i < 12_000; i++) n = (n * 31 + i) | 0;'

/** Burns a third of one. */
const BURN_LITTLE = 'for (let i = 0, n = 0; i < 2_000; i++) n = (n * 31 + i) | 0;'

const ENOUGH = limits({ cpu: 500, request: 500 })

/** What runs have burnt, what was burnt in vain included. */
class Meter implements RunOptions {
  readonly limits = ENOUGH
  readonly long = 'thread'
  fuel = 0
  waited = 0

  burnt(fuel: number): void {
    this.fuel += fuel
  }

  waits(): void {
    this.waited++
  }
}

/** Does the same here and on a thread, each with a host of its own. */
async function both(script: Script, values: readonly Crossing[] = [], makeHost = makeEcho) {
  const [first, second, third] = [makeHost(), makeHost(), makeHost()]
  const meter = new Meter()
  const inline = await run(here, script, values, first, { limits: ENOUGH })
  const moved = await run(away, script, values, second, meter)
  const begun = await run(away, script, values, third, meter)
  return { inline, moved, begun, meter, asked: [first.asked, second.asked, third.asked] as const }
}

/** Answers with what was asked, now or later, and refuses when it is asked to. */
function makeEcho(): TestHost {
  return new TestHost((op, a) => {
    if (op === ASK.refuse) throw refusal('RangeError', `not ${String(a)}`)
    if (op === ASK.refuseLater) return Promise.reject(refusal('CustomError', `never ${String(a)}`))
    return op === ASK.later ? Promise.resolve(a) : a
  })
}

/** The same answer, fuel and order of calls: moved in the middle, and on a thread from the start. */
async function expectSame(script: Script, values: readonly Crossing[] = []) {
  const { asked, begun, inline, meter, moved } = await both(script, values)
  expect(moved).toEqual(inline)
  expect(begun).toEqual(inline)
  expect(asked[1]).toEqual(asked[0])
  expect(asked[2]).toEqual(asked[0])
  return { inline, meter, asked: asked[0] }
}

describe('a run that goes over its slice', () => {
  test('ends with the same answer, fuel and memory as one that does not', async () => {
    const { inline } = await expectSame(hook(`${BURN} return 'sum ' + a`), ['x'])
    expect(inline).toMatchObject({ verdict: 'done', body: 'sum x' })
    expect(inline.fuel).toBeGreaterThan(2 * SLICE)
  })

  test.each(Object.entries(PROGRAMS))('does all of %s', async (_, program) => {
    const script = hook(
      `let all = ''; for (let i = 0; i < 9; i++) all += f(); ${BURN} return all`,
      `
      function f() { ${program} }`,
    )
    await expectSame(script)
  })

  test('asks for nothing twice, and hears the same', async () => {
    const script = hook(`
      const heard = []
      const calls = (n) => {
        heard.push(ask(${ASK.echo}, 'é' + n), ask(${ASK.echo}, n / 3), ask(${ASK.echo}))
        heard.push(ask(${ASK.echo}, Uint8Array.of(n, 0, 255)).join('-'))
        try { ask(${ASK.refuse}, n) } catch (e) { heard.push(e.name, e.message) }
      }
      calls(1); ${BURN} calls(2); ${BURN} calls(3)
      return heard.join()`)
    const { asked, inline } = await expectSame(script)
    expect(asked.map(([, a]) => a)).toHaveLength(15)
    expect(inline.body).toContain('é1,0.3333333333333333,,1-0-255,RangeError,not 1,é2')
  })

  test('sees one clock and one row of random numbers', async () => {
    const script = hook(`
      const before = [Math.random(), Date.now()]
      ask(${ASK.echo}, before.join())
      ${BURN}
      const told = before.join()
      return JSON.stringify([ask(${ASK.echo}, told), told, Math.random() !== before[0], Date.now() >= before[1]])`)
    const host = new TestHost()
    const { body } = await run(away, script, [], host, new Meter())
    const [[, told]] = host.asked as [Crossing[]]
    expect(JSON.parse(String(body))).toEqual([told, told, true, true])
  })

  test('may wait before, in the middle and behind', async () => {
    const script = asyncHook(`
      const heard = [await later(${ASK.later}, 'a')]
      heard.push(...await Promise.all([later(${ASK.later}, 'b'), later(${ASK.later}, 'c')]))
      ${BURN}
      heard.push(await later(${ASK.later}, Uint8Array.of(1, 2)))
      try { await later(${ASK.refuseLater}, 'd') } catch (e) { heard.push(e.name, e.message) }
      ${BURN}
      heard.push(await later(${ASK.later}, 'e'))
      return heard.join()`)
    const { inline, meter } = await expectSame(script)
    expect(inline.body).toBe('a,b,c,1,2,CustomError,never d,e')
    expect(meter.waited).toBe(2)
  })

  test('goes on from where it was, however many turns it has taken', async () => {
    const script = asyncHook(`
      let sum = 0
      for (let i = 0; i < 50; i++) { sum += await later(${ASK.later}, i); ${BURN_LITTLE} }
      ${BURN}
      return sum + ' ' + await later(${ASK.later}, 'end')`)
    const meter = new Meter()
    const inline = await run(here, script, [], makeEcho(), { limits: ENOUGH })
    const moved = await run(away, script, [], makeEcho(), meter)
    expect(moved).toEqual(inline)
    expect(moved.body).toBe('1225 end')
    // It is replayed from a checkpoint, not from its beginning.
    expect(meter.fuel - moved.fuel).toBeLessThan(SLICE + 3 * (FORWARDED_FUEL + ERRAND_FUEL))
    expect(meter.fuel).toBeGreaterThan(moved.fuel)
  })

  test.each([
    ['a small', 10],
    ['a large', 3 << 20],
  ])('comes back with %s heap once its turns are light, and moves again', async (_, size) => {
    const script = asyncHook(`
      const mine = new Uint8Array(${size}).fill(7)
      const heard = []
      for (let round = 0; round < 3; round++) {
        ${BURN}
        for (let i = 0; i < 30; i++) heard.push(await later(${ASK.later}, i), Math.random() < 1)
      }
      return heard.join() + mine[0] + mine.at(-1)`)
    let errands = 0
    const sent = threads.send.bind(threads)
    threads.send = (sender) => {
      errands++
      return sent(sender)
    }
    const { inline, meter } = await expectSame(script)
    threads.send = sent
    expect(inline.verdict).toBe('done')
    expect(meter.waited).toBe(2)
    // Of two runs: three moves, and some light turns behind each, instead of ninety.
    expect(errands).toBeGreaterThanOrEqual(2 * 3 * LIGHT_TURNS)
    expect(errands).toBeLessThan(2 * 3 * 10)
  })

  test('takes all of a large heap along', async () => {
    const script = asyncHook(`
      const large = new Uint8Array(5 << 20).fill(7)
      await later(${ASK.later}, 1)
      ${BURN}
      await later(${ASK.later}, 2)
      return large.length + ' ' + large[0] + large.at(-1)`)
    const { inline } = await expectSame(script)
    expect(inline.body).toBe('5242880 77')
  })

  test('begins on a thread while its script is heavy, and here once it is light again', async () => {
    const script = hook(`if (a === 'burn') { ${BURN} } return a`)
    const [first, second] = [new Meter(), new Meter()]
    const { fuel } = await run(away, script, ['burn'], makeEcho(), first)
    expect(first.fuel - fuel).toBeGreaterThan(SLICE)
    await run(away, script, ['burn'], makeEcho(), second)
    expect(second.fuel).toBe(fuel + FORWARDED_FUEL + ERRAND_FUEL)
    for (let i = 0; i < LIGHT_RUNS; i++) {
      const light = away.run(script, 'fetch', ['x'], makeEcho(), new Meter())
      expect(light).toBeInstanceOf(Promise)
      await light
    }
    expect(away.run(script, 'fetch', ['x'], makeEcho(), new Meter())).toMatchObject({
      verdict: 'done',
    })
  })

  test('stays where it is if nobody can wait for it', () => {
    const result = away.run(hook(`${BURN} return 'here'`), 'fetch', [], makeEcho(), {
      limits: ENOUGH,
    })
    expect(result).toMatchObject({ verdict: 'done' })
  })

  test('may be one of many that wait', async () => {
    const script = asyncHook(`
      ${BURN}
      const mine = new Uint8Array(3000).fill(a)
      const heard = await later(${ASK.later}, a)
      return [heard, mine[0], mine[2999]].join()`)
    const all = Array.from({ length: 12 }, (_, i) =>
      run(away, script, [i], makeEcho(), new Meter()),
    )
    const bodies = (await Promise.all(all)).map(({ body }) => body)
    expect(bodies).toEqual(Array.from({ length: 12 }, (_, i) => `${i},${i},${i}`))
  })
})

describe('a limit on a thread', () => {
  test.each([
    ['cpu', 'for (;;);'],
    ['memory', 'const all = []; for (;;) all.push(new Uint8Array(1 << 20))'],
    ['stack', 'const f = () => 1 + f(); f()'],
    ['jobs', 'const again = () => Promise.resolve().then(again); again()'],
    ['error', "throw new TypeError('oh no')"],
  ])('is %s', async (verdict, body) => {
    const script = hook(`${BURN} ${body}`)
    const options = { limits: limits({ cpu: 60, request: 60, jobs: 50 }) }
    const inline = await run(here, script, [], makeEcho(), options)
    const moved = await run(away, script, [], makeEcho(), { ...options, long: 'thread' })
    expect(inline.verdict).toBe(verdict)
    expect(moved).toEqual(inline)
  })

  test('is that of the request, too', async () => {
    const script = asyncHook(`for (;;) { await later(${ASK.later}, 1); ${BURN} }`)
    const options = { limits: limits({ cpu: 5, request: 9 }) }
    const inline = await run(here, script, [], makeEcho(), options)
    const moved = await run(away, script, [], makeEcho(), { ...options, long: 'thread' })
    expect(inline.verdict).toBe('cpu')
    expect(moved).toEqual(inline)
  })

  test('is that of tickets, too', async () => {
    const script = hook(`${BURN} for (;;) ask(${ASK.later}, 1)`)
    const options = { limits: { ...ENOUGH, tickets: 5 } }
    const inline = await run(here, script, [], makeEcho(), options)
    const moved = await run(away, script, [], makeEcho(), { ...options, long: 'thread' })
    expect(inline.error?.name).toBe('RangeError')
    expect(moved).toEqual(inline)
  })
})

describe('a host that fails', () => {
  test('while a thread asks it ends the run', async () => {
    const host = new TestHost(() => {
      throw new Error('broken')
    })
    const script = hook(`${BURN} try { ask(${ASK.break}) } catch {} return 'never'`)
    const { cause, verdict } = await run(away, script, [], host, new Meter())
    expect([verdict, String(cause)]).toEqual(['host', 'Error: broken'])
  })

  test('while a run that was moved waits for it ends the run', async () => {
    const host = new TestHost(() => Promise.reject(new Error('broken')))
    const script = asyncHook(`${BURN} await later(${ASK.break}).catch(() => {}); return 'never'`)
    const { cause, verdict } = await run(away, script, [], host, new Meter())
    expect([verdict, String(cause)]).toEqual(['host', 'Error: broken'])
  })
})
