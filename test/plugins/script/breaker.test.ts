import { afterEach, expect, test, vi } from 'vitest'
import { Breaker } from '../../../src/plugins/script/breaker.ts'

const PAUSE = 10_000

afterEach(() => {
  vi.restoreAllMocks()
})

/** A breaker that three failures in a row have opened, and the time by its clock. */
function opened() {
  let now = 1_000_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const breaker = new Breaker()
  expect([breaker.failed(), breaker.failed(), breaker.failed()]).toEqual([false, false, true])
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { breaker, pass }
}

test('it takes three in a row', () => {
  const breaker = new Breaker()
  breaker.failed()
  breaker.failed()
  breaker.succeeded()
  expect([breaker.failed(), breaker.failed(), breaker.admits()]).toEqual([false, false, true])
})

test('after a while one request tries, and where it succeeds all may again', () => {
  const { breaker, pass } = opened()
  pass(PAUSE - 1)
  expect(breaker.admits()).toBe(false)
  pass(1)
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false])
  breaker.succeeded()
  expect([breaker.admits(), breaker.admits()]).toEqual([true, true])
})

test('where it fails, nobody may for as long again, and that is told once', () => {
  const { breaker, pass } = opened()
  pass(PAUSE)
  expect(breaker.admits()).toBe(true)
  expect(breaker.failed()).toBe(false)
  pass(PAUSE - 1)
  expect(breaker.admits()).toBe(false)
  pass(1)
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false])
})
