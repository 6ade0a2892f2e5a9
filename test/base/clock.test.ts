import { spawnSync } from 'node:child_process'
import { afterEach, expect, test, vi } from 'vitest'
import { CLOCK_ZERO, clock, clockZero, steadyTime, tickAll } from '../../src/base/clock.ts'

afterEach(() => void vi.useRealTimers())

test('the steady clock goes on when the system’s is set, and knows the time of day', () => {
  const before = steadyTime()
  expect(Math.abs(Date.now() - before)).toBeLessThan(1000)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
  expect(steadyTime()).toBeGreaterThanOrEqual(before)
  expect(steadyTime() - before).toBeLessThan(60_000)
  tickAll()
  expect(clock.now + clock.set).toBe(Date.now())
})

test('processes that know its zero tell the same time', () => {
  const program = `import { steadyTime } from './src/base/clock.ts'; console.log(steadyTime())`
  const before = steadyTime()
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    // An hour away from what it would find out by itself.
    { env: { ...process.env, [CLOCK_ZERO]: `${clockZero - 3_600_000}` }, encoding: 'utf8' },
  )
  const told = Number(stdout) + 3_600_000
  expect(told).toBeGreaterThanOrEqual(before - 1)
  expect(told).toBeLessThanOrEqual(steadyTime() + 1)
})
