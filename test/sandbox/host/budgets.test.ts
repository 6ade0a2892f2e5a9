import { expect, test } from 'vitest'
import { FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import { RequestBudget } from '../../../sandbox/host/request-budget.ts'
import { SubrequestCount } from '../../../sandbox/host/subrequest-count.ts'

test('a budget is used by runs and by the host, and what is more than is left is not done', () => {
  const noted: number[] = []
  const budget = new RequestBudget(1, (fuel) => noted.push(fuel))
  expect(budget.left).toBe(FUEL_PER_MS)
  budget.spend(400)
  budget.take(0.5 * FUEL_PER_MS)
  expect(budget.left).toBe(0.1 * FUEL_PER_MS)
  expect(() => budget.spend(101)).toThrow("more than 1 ms of work for one request, the host's incl")
  expect(() => budget.spend(Number.NaN)).toThrow('host_cpu_limit')
  budget.spend(100)
  expect([budget.left, noted]).toEqual([0, [0.4 * FUEL_PER_MS, 0.1 * FUEL_PER_MS]])
  expect(() => budget.spend(1)).toThrow('host_cpu_limit')
  budget.take(1)
  expect(budget.left).toBe(0)
})

test('what was done already is paid, whether or not there is enough', () => {
  const noted: number[] = []
  const budget = new RequestBudget(1, (fuel) => noted.push(fuel))
  budget.spend(900, 'done')
  expect(() => budget.spend(200, 'done')).toThrow('host_cpu_limit')
  expect([budget.left, noted]).toEqual([0, [0.9 * FUEL_PER_MS, 0.2 * FUEL_PER_MS]])
})

test('subrequests are counted, and that there was one too many is remembered', () => {
  const count = new SubrequestCount(2)
  count.take()
  count.take()
  expect([count.made, count.isExceeded]).toEqual([2, false])
  expect(() => count.take()).toThrow('more than 2 subrequests (subrequests_limit)')
  expect([count.made, count.isExceeded]).toEqual([2, true])
})
