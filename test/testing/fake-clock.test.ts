import { definePlugin, steadyTime, time } from 'gateway/plugin'
import { fakeClock, underTest } from 'gateway/testing'
import { expect, test } from 'vitest'

const plugin = definePlugin({
  name: 'pause',
  directives: { pause: time({ in: ['location'], default: 0, doc: 'How long it takes.' }) },
  content: async (x, { pause }) => {
    const from = steadyTime()
    await new Promise((resolve) => setTimeout(resolve, pause))
    return x.respond(200, `${steadyTime() - from} ${new Date().toISOString()}`)
  },
})

test('time stands until it is let pass, and then all that is due happens', async () => {
  using clock = fakeClock(Date.UTC(2030, 0, 1))
  const place = underTest(plugin, { directives: { pause: '1h' } })
  const answer = place.request()
  clock.advance(3_599_999)
  expect(await Promise.race([answer, 'waits'])).toBe('waits')
  clock.advance(1)
  const { text, x } = await answer
  expect(text).toBe('3600000 2030-01-01T01:00:00.000Z')
  expect(steadyTime() - x.startedAt).toBe(3_600_000)
  expect(clock.now).toBe(Date.UTC(2030, 0, 1, 1))
})

test('there is one at a time, and the real time counts again behind it', () => {
  const real = [Date.now(), performance.now()] as const
  const clock = fakeClock(0)
  expect(() => fakeClock()).toThrow('a fake clock is running')
  expect(Date.now()).toBe(0)
  clock.stop()
  clock.stop()
  expect(Date.now()).toBeGreaterThanOrEqual(real[0])
  expect(performance.now()).toBeGreaterThanOrEqual(real[1])
  fakeClock().stop()
})
