import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Gate } from '../../../src/storage/zone/gate.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A store that somebody else keeps locked until it is told otherwise. */
class Store {
  readonly gate = new Gate()
  locked = true
  looks = 0

  readonly attempt = (): 'through' | 'busy' => {
    if (this.gate.isShut) return 'busy'
    this.looks++
    if (this.locked) {
      this.gate.shut()
      return 'busy'
    }
    this.gate.passed()
    return 'through'
  }
}

test('many wait, one looks, and ever less often', async () => {
  const store = new Store()
  expect(store.attempt()).toBe('busy')
  const order: number[] = []
  const all = Array.from({ length: 100 }, async (_, i) => {
    expect(await store.gate.wait(store.attempt)).toBe('through')
    order.push(i)
  })
  await vi.advanceTimersByTimeAsync(1000)
  expect(order).toEqual([])
  // 0, 5, 15, 35, 75, 155, 255…
  expect(store.looks).toBe(14)
  expect(store.attempt()).toBe('busy')
  store.locked = false
  await vi.advanceTimersByTimeAsync(100)
  await Promise.all(all)
  expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i))
  expect(store.gate.isShut).toBe(false)
})

test('one who does not wait may look again after a while', () => {
  const store = new Store()
  expect([store.attempt(), store.attempt()]).toEqual(['busy', 'busy'])
  expect(store.looks).toBe(1)
  store.locked = false
  expect(store.attempt()).toBe('busy')
  vi.advanceTimersByTime(5)
  expect(store.attempt()).toBe('through')
})

test('nobody waits for ever, and who came later waits longer', async () => {
  const store = new Store()
  const ends: string[] = []
  store.attempt()
  void store.gate.wait(store.attempt).then((end) => ends.push(`first ${end}`))
  await vi.advanceTimersByTimeAsync(30_000)
  void store.gate.wait(store.attempt).then((end) => ends.push(`second ${end}`))
  await vi.advanceTimersByTimeAsync(29_900)
  expect(ends).toEqual([])
  await vi.advanceTimersByTimeAsync(200)
  expect(ends).toEqual(['first busy'])
  store.locked = false
  await vi.advanceTimersByTimeAsync(100)
  expect(ends).toEqual(['first busy', 'second through'])
})

test('an attempt that throws fails for whoever made it alone', async () => {
  const store = new Store()
  store.attempt()
  const broken = store.gate.wait(() => {
    throw new Error('on purpose')
  })
  const other = store.gate.wait(store.attempt)
  store.locked = false
  const failure = expect(broken).rejects.toThrow('on purpose')
  await vi.advanceTimersByTimeAsync(100)
  await failure
  expect(await other).toBe('through')
})
