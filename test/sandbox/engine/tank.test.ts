import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import {
  CALL_ALLOWANCE,
  DEFAULT_ENGINE_LIMITS,
  HOP_FUEL,
  HOST_CALL_FUEL,
} from '../../../sandbox/engine/limits.ts'
import { Slot } from '../../../sandbox/engine/slot.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { ASK, engine, engineModule, hook, limits, run, TestHost } from './harness.ts'
import { PROGRAMS } from './programs.ts'

const host = { answer: (_: number, a: Crossing) => a, clock: () => 0 }

/** What a turn burns, and how often it rested, where it is divided into such pieces. */
function turnOf(body: string, fuel: number, piece: number) {
  let rests = 0
  const slot = new Slot(engineModule, DEFAULT_ENGINE_LIMITS, { piece, rest: () => rests++ })
  const { anchors, image } = hook('return f()', `function f() { ${body} }`)
  slot.load(image, anchors)
  slot.seed(1, 1)
  const turn = slot.turn(host, fuel, (guest) => {
    guest.release(guest.settled(guest.call('enter', [guest.write('fetch')])))
  })
  return { fuel: turn.fuel, verdict: turn.stopped?.verdict, rests }
}

describe('a turn in pieces', () => {
  test.each(Object.entries(PROGRAMS))('burns the same for %s', (_, body) => {
    const whole = turnOf(body, 50_000_000, 50_000_000)
    const pieces = turnOf(body, 50_000_000, 1000)
    expect(whole.rests).toBe(0)
    expect(pieces).toEqual({ ...whole, rests: pieces.rests })
    expect(pieces.rests).toBeGreaterThan(whole.fuel / 100_000)
  })

  test.each([
    'for (;;);',
    'for (;;) new Uint8Array(1 << 20).fill(1)',
    `for (;;) ask(${ASK.echo})`,
    `ask(201, 'http://' + 'ü'.repeat(1e6))`,
  ])('ends at the same place: %s', (body) => {
    const whole = turnOf(body, 3_000_000, 3_000_000)
    const pieces = turnOf(body, 3_000_000, 1000)
    expect(whole.verdict).toBe('cpu')
    expect(pieces).toEqual({ ...whole, rests: pieces.rests })
  })
})

describe('a turn that does nothing but call', () => {
  const calling = (calls: number, work = '') =>
    hook(`for (let i = 0; i < ${calls}; i++) { ${work} ask(${ASK.echo}) }`)
  const fuelOf = async (
    script: ReturnType<typeof hook>,
    pool = engine.pool(1),
    long?: 'thread',
  ) => {
    const options = { limits: limits({ cpu: 500, request: 500 }), ...(long && { long }) }
    return (await run(pool, script, [], new TestHost(), options)).fuel
  }

  test('pays for the way from a thread, beyond an allowance', async () => {
    const few = await fuelOf(calling(50))
    expect(few).toBeLessThan(51 * (HOST_CALL_FUEL + 200))
    const most = await fuelOf(calling(2000))
    expect(most).toBeGreaterThan(2000 * HOP_FUEL - CALL_ALLOWANCE)
    expect(most).toBeLessThan(2001 * HOP_FUEL)
  })

  test('and also for what crosses', async () => {
    const fuel = await fuelOf(
      hook(`const text = 'x'.repeat(100_000)
      for (let i = 0; i < 100; i++) ask(${ASK.echo}, text)`),
    )
    // Two hundred thousand characters a call, each a quarter of a unit.
    expect(fuel).toBeGreaterThan(100 * 49_000)
  })

  test('pays the same on a thread', async () => {
    const threads = new Threads({ limits: { slice: 1 } })
    const script = calling(2000)
    expect(await fuelOf(script, engine.pool(1, threads), 'thread')).toBe(await fuelOf(script))
    threads.close()
  })

  test('and one that works in between has paid', async () => {
    const work = 'for (let j = 0; j < 150; j++);'
    const [none, all] = [
      await fuelOf(hook(`for (let i = 0; i < 1000; i++) { ${work} }`)),
      await fuelOf(calling(1000, work)),
    ]
    expect((all - none) / 1000).toBeLessThan(HOST_CALL_FUEL + 200)
  })
})

test.runIf(process.platform === 'linux')('a thread stands back behind the event loop', async () => {
  const standingBack = () =>
    readdirSync('/proc/self/task').filter((id) => {
      const stat = statOf(id)
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) >= 10
    })
  // Threads of other tests may be about to end.
  const before = new Set(standingBack())
  const threads = new Threads({ limits: { slice: 1 } })
  const pool = engine.pool(1, threads)
  const long = hook('for (let i = 0, n = 0; i < 12_000; i++) n = (n * 31 + i) | 0')
  await run(pool, long, [], new TestHost(), { long: 'thread' })
  expect(threads.size).toBe(1)
  expect(standingBack().filter((id) => !before.has(id)).length).toBeGreaterThan(0)
  threads.close()
})

/** Empty for a thread that has just ended. */
function statOf(id: string): string {
  try {
    return readFileSync(`/proc/self/task/${id}/stat`, 'latin1')
  } catch {
    return ''
  }
}
