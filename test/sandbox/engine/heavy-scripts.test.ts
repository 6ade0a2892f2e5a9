import { expect, test } from 'vitest'
import { HeavyScripts } from '../../../sandbox/engine/heavy-scripts.ts'
import { LIGHT_RUNS, MOST_LIGHT_RUNS } from '../../../sandbox/engine/limits.ts'
import { hook } from './harness.ts'

const [script, other] = [hook('return 1'), hook('return 2')]

/** How many light runs it takes until the script begins on the event loop again. */
function runsAway(heavy: HeavyScripts): number {
  let runs = 0
  for (; heavy.isHeavy(script); runs++) heavy.wasLight(script)
  return runs
}

test('a script that goes over its slice again and again is tried ever more seldom', () => {
  const heavy = new HeavyScripts()
  expect(heavy.isHeavy(script)).toBe(false)
  const asked: number[] = []
  for (let each = 0; each < 10; each++) {
    heavy.overran(script)
    asked.push(runsAway(heavy))
  }
  const doubled = Array.from({ length: 10 }, (_, i) => LIGHT_RUNS * 2 ** i)
  expect(asked).toEqual(doubled.map((runs) => Math.min(runs, MOST_LIGHT_RUNS)))
  expect(heavy.isHeavy(other)).toBe(false)
})

test('one that goes over it on a thread has to show as many again, and no more', () => {
  const heavy = new HeavyScripts()
  heavy.overran(script)
  expect(heavy.mayFit(script)).toBe(false)
  heavy.wasLight(script)
  expect(heavy.mayFit(script)).toBe(true)
  heavy.overran(script)
  expect(heavy.mayFit(script)).toBe(false)
  expect(runsAway(heavy)).toBe(LIGHT_RUNS)
})

test('one that stays below it on the event loop for as many runs is forgiven', () => {
  const heavy = new HeavyScripts()
  heavy.overran(script)
  runsAway(heavy)
  heavy.overran(script)
  expect(runsAway(heavy)).toBe(2 * LIGHT_RUNS)
  for (let run = 0; run < 2 * LIGHT_RUNS; run++) heavy.wasLight(script)
  heavy.overran(script)
  expect(runsAway(heavy)).toBe(LIGHT_RUNS)
})
