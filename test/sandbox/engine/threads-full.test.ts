import { afterEach, describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import type { ThreadLimits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { ASK, asyncHook, engine, hook, limits, run, TestHost } from './harness.ts'

/** Burns two slices of a millisecond. */
const BURN = 'for (let i = 0, n = 0; i < 12_000; i++) n = (n * 31 + i) | 0;'
const MOVED: RunOptions = { long: 'thread', limits: limits({ cpu: 100, request: 100 }) }
const FEW: Partial<ThreadLimits> = { queue: 1, queueOfScript: 1 }

let opened: Threads | undefined

afterEach(() => {
  expect(opened?.length).toBe(0)
  opened?.close()
})

/** Threads of a test, and a pool that uses them. */
function pooled(change: Partial<ThreadLimits>) {
  const threads = new Threads({ limits: { slice: 1, ...change } })
  opened = threads
  return { threads, pool: engine.pool(2, threads) }
}

/** Burns on demand, in its first turn. */
const beginning = (name: string) => hook(`if (a === 'burn') { ${BURN} } return '${name}'`)

/** Burns once it was answered. */
const goingOn = () => asyncHook(`const heard = await later(${ASK.later}, a); ${BURN} return heard`)

/** Takes the thread, and all the room there is to wait for it, until the event loop goes on. */
function fill(pool: Pool): Promise<unknown> {
  return Promise.all(['first', 'second'].map((name) => start(pool, beginning(name), 'burn')))
}

const start = (pool: Pool, script: Script, value: string | number) =>
  run(pool, script, [value], new TestHost(answered), MOVED)

const answered = (op: number, a: Crossing) => (op === ASK.later ? Promise.resolve(a) : a)

describe('where too many runs wait for a thread', () => {
  test('one that begins is refused, and nothing was asked for it', async () => {
    const { pool } = pooled(FEW)
    const filled = fill(pool)
    let burnt = 0
    const host = new TestHost()
    const options = { ...MOVED, burnt: (fuel: number) => (burnt += fuel) }
    const refused = pool.run(beginning('third'), 'fetch', ['burn'], host, options)
    expect(refused).toMatchObject({ verdict: 'busy', fuel: 0 })
    expect(host.asked).toEqual([])
    expect(burnt).toBeGreaterThan(0)
    await filled
  })

  test('one that has asked for something goes on', async () => {
    const { pool } = pooled(FEW)
    const filled = fill(pool)
    const script = hook(`ask(${ASK.echo}, a); ${BURN} return a`)
    expect(await start(pool, script, 'x')).toMatchObject({ verdict: 'done', body: 'x' })
    await filled
  })

  test('all of a script go on that had waited, and take no room from others', async () => {
    const { pool, threads } = pooled(FEW)
    const script = goingOn()
    const all = Array.from({ length: 30 }, (_, i) => start(pool, script, i))
    while (threads.length < 29) await new Promise((resolve) => setImmediate(resolve))
    const other = start(pool, beginning('other'), 'burn')
    expect((await Promise.all(all)).map(({ body }) => body)).toEqual(all.map((_, i) => `${i}`))
    expect(await other).toMatchObject({ verdict: 'done', body: 'other' })
  })

  test('there is an end to that as well', async () => {
    const { pool } = pooled({ underWay: 2 })
    const script = goingOn()
    const all = await Promise.all([1, 2, 3, 4].map((each) => start(pool, script, each)))
    expect(all.map(({ verdict }) => verdict).sort()).toEqual(['busy', 'done', 'done', 'done'])
  })

  test('one of a heavy script is tried on the event loop, if the last one was light', async () => {
    const { pool } = pooled(FEW)
    const script = beginning('tried')
    const tryOne = (value: string) => {
      let burnt = 0
      const options = { ...MOVED, burnt: (fuel: number) => (burnt += fuel) }
      const result = pool.run(script, 'fetch', [value], new TestHost(), options)
      return { result, burnt }
    }
    expect(await tryOne('burn').result).toMatchObject({ verdict: 'done' })
    const filled = fill(pool)
    expect(tryOne('light')).toMatchObject({ result: { verdict: 'busy' }, burnt: 0 })
    await filled
    expect(await tryOne('light').result).toMatchObject({ verdict: 'done' })
    const again = fill(pool)
    expect(tryOne('light').result).toMatchObject({ verdict: 'done' })
    expect(tryOne('burn').result).toMatchObject({ verdict: 'busy' })
    expect(tryOne('light')).toMatchObject({ result: { verdict: 'busy' }, burnt: 0 })
    await again
  })
})
