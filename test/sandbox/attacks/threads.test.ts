import { afterAll, expect, test } from 'vitest'
import { MAX_TEXT } from '../../../sandbox/engine/guest-text.ts'
import {
  DEFAULT_LIMITS,
  ERRAND_FUEL,
  FORWARDED_FUEL,
  FUEL_PER_MS,
  type Limits,
} from '../../../sandbox/engine/limits.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { type Answer, base, engine, limits, run, TestHost } from '../engine/harness.ts'
import type { Attack } from './attack.ts'
import { BORDER_ATTACKS } from './border-corpus.ts'
import { LANGUAGE_ATTACKS } from './language-corpus.ts'

const ATTACKS = [...LANGUAGE_ATTACKS, ...BORDER_ATTACKS]
const SLICE = 1
/** What one host call may burn at once: the longest texts there and back. */
const MOST_AT_ONCE = (4 * MAX_TEXT) / 16
const threads = new Threads({ limits: { slice: SLICE } })
const here = engine.pool(1)
const away = engine.pool(1, threads)

afterAll(() => threads.close())

const other = base.script("handle(() => [new Uint8Array(9), Object.prototype.x, 'other'].join())")
const expected = await run(here, other)

test.each(ATTACKS)('$verdict: $name, is no other attack on a thread', async (attack) => {
  const script = base.script(`handle(async () => {${attack.source}})`)
  const options = { limits: limitsOf(attack) }
  const inline = await run(here, script, ['attack'], new TestHost(), options)
  let burnt = 0
  const host = new TestHost()
  const moved = await run(away, script, ['attack'], host, {
    ...options,
    long: 'thread',
    burnt: (fuel) => {
      burnt += fuel
    },
  })
  expectSame(moved, inline)
  const forwarded = ERRAND_FUEL + FORWARDED_FUEL * (host.asked.length + 1)
  expect(burnt - moved.fuel).toBeLessThan(SLICE * FUEL_PER_MS + MOST_AT_ONCE + forwarded)
  // In the slot it was in, and on the thread, nothing is left of it.
  expect(await run(away, other)).toEqual(expected)
  const long = await run(away, script, ['attack'], new TestHost(), { ...options, long: 'thread' })
  expectSame(long, inline)
  expect(away.active + away.swapped).toBe(0)
})

/** What is ended by Node's own stack is so a few calls earlier or later. */
function expectSame(moved: Answer, inline: Answer): void {
  const isStack = inline.verdict === 'stack'
  expect(moved).toEqual(isStack ? { ...inline, fuel: moved.fuel, memory: moved.memory } : inline)
  expect(moved.fuel / inline.fuel).toBeCloseTo(1, 2)
}

/** Memory and jobs are used up by work, for which there must be time enough. */
function limitsOf({ verdict }: Attack): Limits {
  return verdict === 'memory' || verdict === 'jobs'
    ? limits({ cpu: 500, request: 500 })
    : DEFAULT_LIMITS
}
