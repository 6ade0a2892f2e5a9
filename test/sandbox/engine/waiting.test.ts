import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import type { Image } from '../../../sandbox/engine/image.ts'
import {
  DEFAULT_ENGINE_LIMITS,
  FREE_GROWTH,
  FUEL_PER_MS,
  GROWTH_FUEL,
  LARGE_GROWTH,
  LONG_TURN,
  MOVING_FUEL,
  REBUILD_GROWTH,
  WAIT_FUEL,
} from '../../../sandbox/engine/limits.ts'
import type { State } from '../../../sandbox/engine/state.ts'
import { GuestThread } from '../../../sandbox/engine/threads/guest-thread.ts'
import type { ErrandMessage } from '../../../sandbox/engine/threads/messages.ts'
import { packImage } from '../../../sandbox/engine/threads/packed-image.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { waitingPrice } from '../../../sandbox/engine/waiting-price.ts'
import { GlassPool } from './glass-pool.ts'
import { ASK, asyncHook, engine, engineModule, limits, run, TestHost } from './harness.ts'

const ENOUGH = limits({ cpu: 500, request: 500 })
const threads = new Threads({ limits: { slice: 1 } })

afterAll(() => threads.close())

function soon(): TestHost {
  return new TestHost((op, a) => {
    if (op !== ASK.later) return a
    return new Promise((resolve) => setImmediate(() => resolve(a)))
  })
}

describe('that a run waits', () => {
  test('has its price, by what it would take to move its state', () => {
    expect(waitingPrice(0, 0)).toBe(WAIT_FUEL)
    expect(waitingPrice(LONG_TURN, FREE_GROWTH)).toBe(WAIT_FUEL)
    expect(waitingPrice(LONG_TURN + 1, 0)).toBe(WAIT_FUEL + MOVING_FUEL)
    expect(waitingPrice(0, FREE_GROWTH + 100 * GROWTH_FUEL)).toBe(WAIT_FUEL + 100)
    const large = (REBUILD_GROWTH - FREE_GROWTH) / GROWTH_FUEL
    expect(waitingPrice(0, REBUILD_GROWTH + GROWTH_FUEL)).toBe(WAIT_FUEL + large + 1 + LARGE_GROWTH)
  })

  test('costs the same in its slot, out of it and on a thread', async () => {
    const script = asyncHook(`
      const mine = new Uint8Array(a).fill(7)
      for (let i = 0; i < 20; i++) await later(${ASK.later}, i)
      return 'x' + mine.length`)
    const [alone, crowded, away] = [engine.pool(4), engine.pool(1), engine.pool(1, threads)]
    const fuels = async (size: number) => {
      const options = { limits: ENOUGH }
      const first = await run(alone, script, [size], soon(), options)
      const many = Array.from({ length: 3 }, () => run(crowded, script, [size], soon(), options))
      const moved = await run(away, script, [size], soon(), { ...options, long: 'thread' })
      const all = [first, moved, ...(await Promise.all(many))]
      expect(all.map(({ body }) => body)).toEqual(all.map(() => `x${size}`))
      expect(new Set(all.map(({ fuel }) => fuel)).size).toBe(1)
      return first.fuel
    }
    const [small, large] = [await fuels(9), await fuels(2 << 20)]
    expect((large - small) / ((20 * (2 << 20)) / GROWTH_FUEL)).toBeCloseTo(1, 1)
  })

  test('ends a run that cannot pay for it', async () => {
    const script = asyncHook(`new Uint8Array(6 << 20).fill(7); for (;;) await later(${ASK.later})`)
    const { fuel, verdict } = await run(engine.pool(1), script, [], soon(), {
      limits: limits({ request: 8 }),
    })
    expect(verdict).toBe('cpu')
    expect(fuel).toBeGreaterThan(8 * FUEL_PER_MS)
    expect(fuel).toBeLessThan(8 * FUEL_PER_MS + waitingPrice(0, 7 << 20))
  })

  test('is paid by a share as well where others need the slot', async () => {
    const script = asyncHook(`for (let i = 0; i < 5; i++) await later(${ASK.later}, 1); return 'x'`)
    const burntIn = async (count: number) => {
      const pool = engine.pool(1)
      const all = Array.from({ length: count }, async () => {
        let burnt = 0
        const note = (fuel: number) => {
          burnt += fuel
        }
        const { fuel } = await run(pool, script, [], soon(), { burnt: note })
        return burnt - fuel
      })
      return Promise.all(all)
    }
    expect(await burntIn(1)).toEqual([0])
    // A run of this bootstrap has written some KB when it waits, at least.
    for (const more of await burntIn(2)) expect(more).toBeGreaterThan((4 * 4096) / GROWTH_FUEL)
  })
})

describe('the state of a run that waits', () => {
  const glass = new GlassPool(1)
  const source = `
    const live = new Uint8Array(3000), table = new Map()
    const work = (size, text) => {
      live.fill(size); table.set(text, Array.from({ length: size % 3000 }, (_, i) => ({ i, text })))
      if (size % 2) table.delete(text)
      new Uint8Array(size * 9).fill(3); return new Uint8Array(size)
    }
    handle(async (size, text) => { work(size, text); await later(${ASK.later}, 1) })`
  const [one, two] = ['one', 'two'].map((name) => glass.script({ name, source }))
  const nobody = { answer: () => 1, clock: Date.now }

  test('is all that it has made of its image, whoever has been in the slot since', () => {
    if (!one || !two) throw new Error('there are two scripts')
    const use = (slot: (typeof glass.slots)[number], size: number, text: string) =>
      slot.turn(nobody, 5_000_000, (guest) => {
        const values = [guest.write('fetch'), guest.write(size), guest.write(text)]
        guest.release(guest.settled(guest.call('enter', values)))
      })
    void glass.run(one)
    const [slot] = glass.slots
    if (!slot) throw new Error('there is a slot')
    const memory = () => {
      const { heapEnd, layout, memory: all, stackTop } = slot.instance
      const parts = [
        all.subarray(layout.constantEnd, layout.staticEnd),
        all.subarray(stackTop, heapEnd),
      ]
      return parts.map((part) => Buffer.from(part))
    }
    const work = fc.record({ size: fc.nat(60_000), text: fc.string({ unit: 'binary' }) })
    fc.assert(
      fc.property(work, work, fc.constantFrom(one, two), (mine, theirs, script) => {
        slot.load(one.image, one.anchors)
        use(slot, mine.size, mine.text)
        const before = memory()
        const state = slot.capture()
        slot.load(script.image, script.anchors)
        use(slot, theirs.size, theirs.text)
        slot.resume(state, one.image, one.anchors)
        expect(memory().map((part, at) => part.equals(before[at] as Buffer))).toEqual([true, true])
        expect(Buffer.from(slot.capture().bytes).equals(state.bytes)).toBe(true)
      }),
      { numRuns: 40 },
    )
    expect(glass.leftovers(one, 'reachable', slot)).toEqual([])
    expect(glass.leftovers(two, 'all', slot)).toEqual([])
  })

  test('does not hold memory that is zero where its image has none', () => {
    if (!one) throw new Error('there are two scripts')
    const slot = glass.slots[0]
    slot?.load(one.image, one.anchors)
    slot?.turn(nobody, 50_000_000, (guest) => {
      guest.release(guest.evaluate('globalThis.zeros = new Uint8Array(4 << 20)', 'zeros'))
    })
    expect(slot?.grown).toBeGreaterThanOrEqual(4 << 20)
    expect(slot?.capture().bytes.length).toBeLessThan(300_000)
  })
})

describe('a thread', () => {
  const glass = new GlassPool(1)
  const script = glass.script({
    name: 'counting',
    source: `handle(async () => { for (let n = 1; ; n++) ask(${ASK.echo}, n, await later(${ASK.later})) })`,
  })
  const counts: Crossing[] = []

  test('goes on with what it holds, and with what it is given where another was there', () => {
    const errand = threadThatCounts()
    const begun = errand()
    const second = errand(begun)
    // What is held is not loaded again: nobody looks at these bytes.
    const third = errand({ ...second, bytes: new Uint8Array(second.bytes.length) })
    expect(counts.splice(0)).toEqual([1, 2])
    errand()
    errand(third)
    expect(counts.splice(0)).toEqual([3])
    errand(begun)
    expect(counts.splice(0)).toEqual([1])
  })

  test('holds nothing at first', () => {
    const second = threadThatCounts()(threadThatCounts()())
    threadThatCounts()({ ...second, errand: undefined })
    expect(counts.splice(0)).toEqual([1, 2])
  })

  /** Does errands: the first turn of a run, or one more from a state. */
  function threadThatCounts(): (state?: State) => State {
    const thread = new GuestThread(
      ({ a, op }) => {
        if (op === ASK.later) return { kind: 'ticket', ticket: 1 }
        counts.push(a)
        return { kind: 'value', value: undefined }
      },
      { piece: 1e9, rest() {} },
    )
    const { anchors, image } = script
    const base = image.under as Image
    const kind = { module: engineModule, limits: DEFAULT_ENGINE_LIMITS }
    const images = [
      { id: 1, under: undefined, image: packImage(base) },
      { id: 2, under: 1, image: packImage(image) },
    ]
    let isKnown = false
    return (state) => {
      const message: ErrandMessage = {
        kind: 'errand',
        number: ++lastErrand,
        state,
        seed: [1, 2],
        entry: state ? undefined : { hook: 'fetch', values: [] },
        turns: state ? [[{ ticket: 1, value: 1, refused: undefined }]] : [],
        ...{ given: [], clock: [], fuel: 1e7, slice: 1e7, jobs: 100 },
        waits: state !== undefined,
        engine: 0,
        newEngine: isKnown ? undefined : { id: 0, ...kind },
        image: 2,
        newImages: isKnown ? [] : images,
        oldImages: [],
        anchors,
      }
      isKnown = true
      const end = thread.take(message)
      if (end.kind !== 'ended' || !end.state) throw new Error(`it does not wait: ${end.kind}`)
      return end.state
    }
  }
})

let lastErrand = 0
