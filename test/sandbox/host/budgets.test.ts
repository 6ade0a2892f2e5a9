import { expect, test } from 'vitest'
import { HostBudget } from '../../../sandbox/host/host-budget.ts'
import { SubrequestCount } from '../../../sandbox/host/subrequest-count.ts'

test('a budget is spent, by estimate and by what was done, and then there is no more', () => {
  const budget = new HostBudget(1000)
  budget.spend(400)
  budget.charge(500)
  expect(budget.left).toBe(100)
  expect(() => budget.spend(101)).toThrow('more than 1 ms of work at the host')
  expect(budget.left).toBe(0)
  expect(() => budget.spend(0)).toThrow('host_cpu_limit')
  budget.charge(1)
  expect(budget.left).toBe(0)
})

test('subrequests are counted, and that there was one too many is remembered', () => {
  const count = new SubrequestCount(2)
  count.take()
  count.take()
  expect([count.made, count.isExceeded]).toEqual([2, false])
  expect(() => count.take()).toThrow('more than 2 subrequests (subrequests_limit)')
  expect([count.made, count.isExceeded]).toEqual([2, true])
})
