import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, FUEL_PER_MS, type Limits } from '../../../sandbox/engine/limits.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { GlassPool } from '../engine/glass-pool.ts'
import { limits, TestHost } from '../engine/harness.ts'
import { type Attack, isExact } from './attack.ts'
import { BORDER_ATTACKS } from './border-corpus.ts'
import { excessOf } from './cpu-time.ts'
import { LANGUAGE_ATTACKS } from './language-corpus.ts'
import { PROBE } from './probe.ts'

const ATTACKS = [...LANGUAGE_ATTACKS, ...BORDER_ATTACKS]
const glass = new GlassPool(1)
const { pool } = glass

const other = glass.script({ name: 'other', source: `${PROBE}; handle(probe)` })
const expected = await glass.run(other, ['probe'])
const loop = glass.script({ name: 'loop', source: 'handle(() => { for (;;); })' })

describe.each(ATTACKS)('$verdict: $name', (attack) => {
  const script = scriptOf(attack)
  const strike = (under = limitsOf(attack)) => {
    return glass.run(script, ['attack'], new TestHost(), { limits: under })
  }

  test('ends with its verdict, and leaves nothing', async () => {
    const before = await glass.run(script, ['probe'])
    expect(before).toMatchObject({ verdict: 'done', body: expected.body })
    const first = await strike()
    expect(first).toMatchObject({ verdict: attack.verdict })
    expectFuel(attack, first.fuel)
    expect(glass.leftovers(script, attack.verdict === 'done' ? 'reachable' : 'all')).toEqual([])
    expect(await glass.run(script, ['probe'])).toEqual(before)
    const second = await strike()
    expect(second.verdict).toBe(attack.verdict)
    if (isExact(attack)) expect(second.fuel).toBe(first.fuel)
    expect(glass.leftovers(other, 'all')).toEqual([])
    expect(await glass.run(other, ['probe'])).toEqual(expected)
    expect(pool.active).toBe(0)
  })

  test('takes no more than 1.6 times its processor time', async () => {
    const work = () => strike(DEFAULT_LIMITS)
    expect(await excessOf(DEFAULT_LIMITS.cpu, work, () => glass.run(loop))).toBe(0)
  })
})

function scriptOf(attack: Attack): Script {
  const source = `${PROBE}; handle((a) => (a === 'probe' ? probe() : (async () => {${attack.source}})()))`
  return glass.script({ name: 'attack', source })
}

/** Memory and jobs are used up by work, for which there must be time enough. */
function limitsOf({ verdict }: Attack): Limits {
  return verdict === 'memory' || verdict === 'jobs'
    ? limits({ cpu: 500, request: 500 })
    : DEFAULT_LIMITS
}

/** The limit is met within what one bulk instruction or host call may take at once. */
function expectFuel(attack: Attack, fuel: number): void {
  const limit = limitsOf(attack).cpu * FUEL_PER_MS
  expect(fuel).toBeGreaterThan(attack.verdict === 'cpu' ? limit : 0)
  // The last thing it does is paid when it is done: at most a call with many bytes.
  expect(fuel).toBeLessThan(limit * 1.1)
}

test('all of them were in one slot', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(80)
  expect(new Set(ATTACKS.map(({ source }) => source)).size).toBe(ATTACKS.length)
  expect(glass.slots.length).toBe(1)
})
