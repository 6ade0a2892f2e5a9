import { afterEach, describe, expect, test } from 'vitest'
import type { ThreadLimits } from '../../../sandbox/engine/limits.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { ASK, asyncHook, engine, hook, limits, run, TestHost } from './harness.ts'

/** Burns two slices of a millisecond. */
const BURN = 'for (let i = 0, n = 0; i < 12_000; i++) n = (n * 31 + i) | 0;'
const MOVED: RunOptions = { long: 'thread', limits: limits({ cpu: 100, request: 100 }) }

const opened: Threads[] = []

afterEach(() => {
  for (const threads of opened.splice(0)) {
    threads.close()
    expect([threads.size, threads.length]).toEqual([0, 0])
  }
})

/** Threads of a test, and a pool that uses them. */
function pooled(change: Partial<ThreadLimits> = {}, main?: URL) {
  const threads = new Threads({ limits: { slice: 1, ...change }, ...(main && { main }) })
  opened.push(threads)
  return { threads, pool: engine.pool(1, threads) }
}

/** A thread that does this with whatever it is sent. */
function threadThat(does: string): URL {
  const source = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { ${does} })`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

/** A host that is asked once, and lets the test go on in the middle of that. */
class Gate extends TestHost {
  readonly reached: Promise<void>

  constructor(then: () => void = () => {}) {
    let reach = () => {}
    super(() => {
      then()
      reach()
      return undefined
    })
    this.reached = new Promise((resolve) => {
      reach = resolve
    })
  }
}

const asking = hook(`${BURN} ask(${ASK.echo}); return a`)

describe('a thread', () => {
  test('that does not come back is ended, and the run with its limit', async () => {
    const hanging = threadThat('for (;;);')
    const { pool, threads } = pooled({ patience: 0, grace: 50 }, hanging)
    expect(await run(pool, asking, [], new TestHost(), MOVED)).toMatchObject({ verdict: 'cpu' })
    expect(threads.size).toBe(0)
  })

  test('that dies ends its run, and another one takes its place', async () => {
    const { pool, threads } = pooled({}, threadThat('process.exit(1)'))
    const runs = [1, 2].map(() => run(pool, asking, [], new TestHost(), MOVED))
    for (const ended of runs) expect(await ended).toMatchObject({ verdict: 'trap' })
    expect(threads.size).toBe(0)
  })

  test('whose replay goes astray ends the run as a fault of ours', async () => {
    const { pool } = pooled({}, threadThat("parentPort.postMessage({ kind: 'diverged' })"))
    const { cause, verdict } = await run(pool, asking, [], new TestHost(), MOVED)
    expect([verdict, String(cause)]).toEqual([
      'host',
      'Error: the replay of a run went another way than the run',
    ])
  })

  test('ends when nobody has needed it for a while, and is there again', async () => {
    const { pool, threads } = pooled({ idle: 1 })
    for (let i = 0; i < 2; i++) {
      const { body } = await run(pool, asking, ['x'], new TestHost(), MOVED)
      expect(body).toBe('x')
      while (threads.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
})

describe('errands', () => {
  test('wait for a thread, up to a limit; script by script, and each script has its turn', async () => {
    const { pool, threads } = pooled({ queue: 4, queueOfScript: 3 })
    const [first, second] = [asking, hook(`${BURN} ask(${ASK.echo}); return a`)]
    const order: unknown[] = []
    const start = (script: Script, name: string) =>
      run(pool, script, [name], new TestHost(), MOVED).then(({ body, verdict }) => {
        order.push(verdict === 'done' ? body : `${name} ${verdict}`)
      })
    const names = ['a0', 'a1', 'a2', 'a3', 'a4', 'b1', 'b2']
    const all = names.map((name) => start(name.startsWith('a') ? first : second, name))
    expect(threads.length).toBe(4)
    await Promise.all(all)
    expect(order).toEqual(['a4 busy', 'b2 busy', 'a0', 'a1', 'b1', 'a2', 'a3'])
  })

  test('that nobody wants any more are forgotten before a thread takes them', async () => {
    const { pool, threads } = pooled()
    const control = new AbortController()
    const gate = new Gate()
    const first = run(pool, asking, ['first'], gate, MOVED)
    const host = new TestHost()
    const second = run(pool, asking, [], host, { ...MOVED, signal: control.signal })
    expect(threads.length).toBe(1)
    control.abort()
    expect(threads.length).toBe(0)
    expect(await second).toMatchObject({ verdict: 'aborted' })
    expect(await first).toMatchObject({ body: 'first' })
    expect(host.asked).toEqual([])
  })
})

describe('a run on a thread', () => {
  test('ends its turn before it is given up, as anywhere', async () => {
    const { pool, threads } = pooled()
    const control = new AbortController()
    const gate = new Gate(() => control.abort())
    const script = asyncHook(
      `${BURN} ask(${ASK.echo}); ask(${ASK.echo}); await new Promise(() => {})`,
    )
    const waiting = asyncHook(`${BURN} ask(${ASK.echo}); later(${ASK.later}); ask(${ASK.echo})`)
    const options = { ...MOVED, signal: control.signal }
    const { fuel, verdict } = await run(pool, script, [], gate, options)
    expect([verdict, gate.asked.length]).toEqual(['done', 2])
    expect(fuel).toBe((await run(pool, script, [], new Gate(), MOVED)).fuel)
    const host = new TestHost((op) => (op === ASK.later ? new Promise(() => {}) : undefined))
    expect(await run(pool, waiting, [], host, options)).toMatchObject({ verdict: 'aborted' })
    expect([host.asked.length, threads.size, pool.active]).toEqual([3, 1, 0])
  })

  test('is given up with its pool', async () => {
    const { pool } = pooled()
    const gate = new Gate(() => pool.close())
    expect(await run(pool, asking, [], gate, MOVED)).toMatchObject({ verdict: 'aborted' })
  })

  test('leaves its slot to others, and its event loop', async () => {
    const { pool } = pooled()
    const other = hook("return 'other'")
    let during: unknown
    const host = new TestHost(() => {
      during = pool.run(other, 'fetch', [], new TestHost())
      return undefined
    })
    expect(await run(pool, asking, ['x'], host, MOVED)).toMatchObject({ body: 'x' })
    expect(during).toMatchObject({ verdict: 'done' })
  })
})

describe('a script that reuses what it has left', () => {
  const counting = hook(`visits++; if (a === 'burn') { ${BURN} } return visits`, 'let visits = 0')
  const again = (pool: ReturnType<typeof pooled>['pool'], a: string) =>
    run(pool, counting, [a], new TestHost(), { ...MOVED, state: 'reuse' })

  test('is moved from its image, and brings nothing back', async () => {
    const { pool } = pooled()
    expect((await again(pool, 'burn')).body).toBe('1')
    expect((await again(pool, 'burn')).body).toBe('1')
  })

  test('ends where it is from its leftovers, and has none for a while', async () => {
    const { pool, threads } = pooled()
    expect((await again(pool, '')).body).toBe('1')
    expect((await again(pool, '')).body).toBe('2')
    expect((await again(pool, 'burn')).body).toBe('3')
    expect(threads.size).toBe(0)
    expect((await again(pool, 'burn')).body).toBe('1')
    expect(threads.size).toBe(1)
    expect((await again(pool, '')).body).toBe('1')
    expect((await again(pool, '')).body).toBe('1')
  })
})

test('a run that waits after its thread is saved by nobody', async () => {
  const { pool } = pooled()
  const script = asyncHook(`${BURN} await later(${ASK.later}); return 'x'`)
  const control = new AbortController()
  const host = new TestHost(() => new Promise(() => {}))
  const waits = () => control.abort()
  const options = { ...MOVED, waits, signal: control.signal }
  expect(await run(pool, script, [], host, options)).toMatchObject({ verdict: 'aborted' })
  expect(pool.swapped).toBe(0)
})
