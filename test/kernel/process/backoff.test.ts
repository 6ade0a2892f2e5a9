import { expect, test } from 'vitest'
import { Backoff } from '../../../src/kernel/process/backoff.ts'

test('the delay doubles from 100 ms up to 10 s, and begins anew after a success', () => {
  const backoff = new Backoff()
  const delays = Array.from({ length: 9 }, () => backoff.next())
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  backoff.reset()
  expect(backoff.next()).toBe(100)
})
