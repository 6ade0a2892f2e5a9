import { expect, test } from 'vitest'
import { clock } from '../../src/base/clock.ts'
import { Conduct } from '../../src/serve/http2/conduct.ts'

function framesUntilFault(conduct: Conduct): number {
  for (let frames = 0; ; frames++) {
    try {
      conduct.frame()
    } catch {
      return frames
    }
  }
}

test('frames without a purpose are earned by requests, by bytes and by time', () => {
  expect(framesUntilFault(new Conduct())).toBe(1000)
  const asking = new Conduct()
  for (let i = 0; i < 10; i++) asking.asked()
  expect(framesUntilFault(asking)).toBe(1160)
  const moving = new Conduct()
  moving.moved(128_000)
  expect(framesUntilFault(moving)).toBe(2000)
})

test('a ping every ten seconds is fine for days, and a flood is none the more', () => {
  const before = clock.now
  try {
    const conduct = new Conduct()
    for (let i = 0; i < 50_000; i++) {
      clock.now += 10_000
      conduct.frame()
    }
    const still = new Conduct()
    expect(framesUntilFault(still)).toBe(1000)
    clock.now += 1000
    expect(framesUntilFault(still)).toBe(9)
  } finally {
    clock.now = before
  }
})

test('requests that are broken off are forgiven by those that were answered', () => {
  const conduct = new Conduct()
  for (let i = 0; i < 200; i++) conduct.brokenOff()
  conduct.answered()
  conduct.brokenOff()
  expect(() => conduct.brokenOff()).toThrow('broken off')
})
