import { afterAll, describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { BOOTSTRAP } from '../engine/bootstrap.ts'
import { GlassPool } from '../engine/glass-pool.ts'
import { ASK, TestHost } from '../engine/harness.ts'
import { excessOf } from './cpu-time.ts'
import { PROBE } from './probe.ts'
import { WAITING_ATTACKS } from './waiting-corpus.ts'

const threads = new Threads()
const glass = new GlassPool(1, BOOTSTRAP, threads)
const here = new GlassPool(1)
const LIMIT = DEFAULT_LIMITS.request

const other = glass.script({ name: 'other', source: `${PROBE}; handle(probe)` })
const expected = await glass.run(other)
const loop = glass.script({ name: 'loop', source: 'handle(() => { for (;;); })' })

afterAll(() => threads.close())

/** What is waited for comes in the next turn of the event loop. */
function host(): TestHost {
  return new TestHost((op, a) => {
    if (op !== ASK.later) return a
    return new Promise((resolve) => setImmediate(() => resolve(a)))
  })
}

describe.each(WAITING_ATTACKS)('$name', ({ source, verdict }) => {
  const program = { name: 'attack', source: `handle(async () => {${source}})` }
  const script = glass.script(program)
  const strike = () => glass.run(script, [], host(), { limits: DEFAULT_LIMITS, long: 'thread' })

  test('ends with its verdict and fuel wherever it waits, and leaves nothing', async () => {
    const first = await strike()
    expect(first.verdict).toBe(verdict)
    expect(first.fuel).toBeGreaterThan(LIMIT * FUEL_PER_MS)
    // What it waits for the last time may be dear, and is paid when it is over.
    expect(first.fuel).toBeLessThan(1.5 * LIMIT * FUEL_PER_MS)
    expect((await strike()).fuel).toBe(first.fuel)
    const alone = await here.run(here.script(program), [], host())
    expect([alone.verdict, alone.fuel]).toEqual([verdict, first.fuel])
    expect(glass.leftovers(script, 'reachable')).toEqual([])
    expect(glass.leftovers(other, 'all')).toEqual([])
    expect(await glass.run(other)).toEqual(expected)
    expect([glass.pool.active, glass.pool.swapped, threads.length]).toEqual([0, 0, 0])
  })

  test('takes no more than 1.6 times the processor time of a request', async () => {
    expect(await excessOf(LIMIT, strike, () => glass.run(loop))).toBe(0)
  })
})
