import { afterEach, expect, test, vi } from 'vitest'
import { counters, SharedCounters } from '../../../src/kernel/process/counters.ts'
import { LOOK_EVERY, Pulse } from '../../../src/kernel/process/pulse.ts'
import { beginVitals, takeVitals, vitals, watchGc } from '../../../src/kernel/process/vitals.ts'
import { until } from '../../harness/wait.ts'

afterEach(() => void vi.useRealTimers())

test('the delay is how late the latest sweep was, until that is long ago', () => {
  vi.useFakeTimers()
  const sweep = (after: number) => {
    vi.advanceTimersByTime(after)
    takeVitals(100)
  }
  vi.advanceTimersByTime(5000)
  beginVitals()
  for (let i = 0; i < 250; i++) sweep(100)
  expect(vitals.delay).toBe(0)
  sweep(450)
  for (let i = 0; i < 100; i++) sweep(100)
  expect(vitals.delay).toBe(350)
  for (let i = 0; i < 100; i++) sweep(100)
  expect(vitals.delay).toBe(0)
})

test('the time of garbage collections adds up once somebody asks for it', async () => {
  watchGc()
  const before = vitals.gc
  let garbage: unknown[] = []
  await until('a collection', () => {
    garbage = Array.from({ length: 100_000 }, (_, i) => ({ i }))
    return vitals.gc > before
  })
  expect(garbage).toHaveLength(100_000)
})

test('vitals of workers are told beside their counts, and go with them', () => {
  const master = SharedCounters.create()
  if (!master) throw new Error('no folder for counters can be written')
  const worker = new SharedCounters(master.fd, 2)
  counters.requests = 7
  takeVitals(100)
  worker.publish()
  expect(master.vitalsOf(1).pid).toBe(0)
  expect(master.vitalsOf(2)).toEqual(vitals)
  expect(master.vitals()).toEqual([vitals])
  expect(vitals.memory).toBeGreaterThan(10_000_000)
  const { beat } = vitals
  takeVitals(100)
  worker.publish()
  expect(master.vitalsOf(2).beat).not.toBe(beat)
  master.retire(2)
  expect(master.vitals()).toEqual([])
  master.close()
})

test('silence is counted in looks, and ends with a new beat', () => {
  const pulse = new Pulse()
  expect([pulse.look(1), pulse.look(2), pulse.look(2), pulse.look(2)]).toEqual([
    0,
    0,
    LOOK_EVERY,
    2 * LOOK_EVERY,
  ])
  expect(pulse.look(3)).toBe(0)
})
