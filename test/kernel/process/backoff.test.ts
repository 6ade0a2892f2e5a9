import { expect, test } from 'vitest'
import { Backoff } from '../../../src/kernel/process/backoff.ts'

test('a delay doubles from the first to the longest, and begins anew when all is well', () => {
  const backoff = new Backoff(100, 10_000)
  const delays = Array.from({ length: 9 }, () => backoff.next())
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  backoff.reset()
  expect(backoff.next()).toBe(100)
})
