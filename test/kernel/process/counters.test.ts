import { closeSync, openSync } from 'node:fs'
import { expect, test } from 'vitest'
import { counters, SharedCounters } from '../../../src/kernel/process/counters.ts'

const GAUGES = { active: 0, reading: 0, writing: 0, waiting: 0 }

test('counts of all workers add up; those of a gone worker stay, what it had open does not', () => {
  const master = SharedCounters.create()
  if (!master) throw new Error('no folder for counters can be written')
  const one = new SharedCounters(master.fd, 1)
  const two = new SharedCounters(master.fd, 2)
  Object.assign(counters, { accepted: 10, handled: 9, requests: 20, active: 3, waiting: 2 })
  one.publish()
  Object.assign(counters, { accepted: 1, handled: 1, requests: 2, active: 1, waiting: 0 })
  two.publish()
  expect(two.total()).toMatchObject({
    accepted: 11,
    handled: 10,
    requests: 22,
    active: 4,
    waiting: 2,
  })
  // This worker's own are exact, published or not.
  counters.requests = 3
  expect(two.total().requests).toBe(23)
  master.retire(1)
  expect(two.total()).toEqual({ ...GAUGES, accepted: 11, handled: 10, requests: 23, active: 1 })
  // The row is used again by a worker that begins at zero.
  Object.assign(counters, { accepted: 0, handled: 0, requests: 0, active: 0 })
  const three = new SharedCounters(master.fd, 1)
  expect(three.total()).toMatchObject({ accepted: 11, requests: 22 })
  master.close()
})

test('a row there is no room for is not given to anybody', () => {
  const full = openSync('/dev/full', 'r+')
  expect(new SharedCounters(full, 0).claim(1)).toBe(false)
  closeSync(full)
  const master = SharedCounters.create()
  if (!master) throw new Error('no folder for counters can be written')
  expect([master.claim(1), master.claim(1023), master.claim(1024)]).toEqual([true, true, false])
  master.close()
})
