import { Buffer } from 'node:buffer'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { steadyTime } from '../../src/base/clock.ts'
import { clientClosed } from '../../src/base/errors.ts'
import { type Pace, PacedSink } from '../../src/forward/paced-sink.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { runLog } from '../../src/kernel/phase/run.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { GET } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { type Kept, makeExchange } from '../kernel/hand-made-exchange.ts'
import { makeServer } from '../kernel/hand-made-plan.ts'
import { serve } from '../kernel/serve.ts'

interface Paced {
  readonly x: Exchange
  readonly sink: PacedSink
  readonly end: Kept
  /** Sizes of what has passed since this was last asked. */
  granted(): number[]
}

function paced(pace: Partial<Pace> = {}): Paced {
  const { x, end } = makeExchange(makeServer({}))
  const sink = new PacedSink(x, end, { rate: 1000, after: 0, since: steadyTime(), ...pace })
  return { x, sink, end, granted: () => end.chunks.splice(0).map(({ length }) => length) }
}

describe('a paced body', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onCleanup(() => {
      vi.useRealTimers()
    })
  })

  it('begins with a second’s worth, and goes on with what each pause has earned', async () => {
    const { sink, granted } = paced()
    const over = sink.data(Buffer.alloc(2300))
    expect(granted()).toEqual([1000])
    await vi.advanceTimersByTimeAsync(249)
    expect(granted()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(granted()).toEqual([250])
    await vi.advanceTimersByTimeAsync(750)
    expect(granted()).toEqual([250, 250, 250])
    await vi.advanceTimersByTimeAsync(250)
    expect(granted()).toEqual([250])
    await vi.advanceTimersByTimeAsync(250)
    expect(granted()).toEqual([50])
    await over
    expect(vi.getTimerCount()).toBe(0)
  })

  it('passes at once what the time has earned already', () => {
    const { sink, granted } = paced({ after: 500, since: steadyTime() - 2000 })
    expect(sink.data(Buffer.alloc(3000))).toBeUndefined()
    expect(sink.data(Buffer.alloc(500))).toBeUndefined()
    expect(granted()).toEqual([3000, 500])
    expect(sink.data(Buffer.alloc(1))).toBeInstanceOf(Promise)
    expect(granted()).toEqual([])
  })

  it('keeps its bytes in order, whatever they come in', async () => {
    for (const size of [1, 7, 999, 1000, 1001, 5000]) {
      const { sink, end } = paced()
      const body = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
      const pouring = (async () => {
        for (let at = 0; at < body.length; at += size) await sink.data(body.subarray(at, at + size))
        await sink.end()
      })()
      await vi.advanceTimersByTimeAsync(10_000)
      await pouring
      expect(Buffer.concat(end.chunks).equals(body)).toBe(true)
      expect(end.ended).toBe(true)
    }
  })

  it('has one timer for a thousand small chunks', async () => {
    const { sink } = paced({ rate: 100 })
    const pouring = (async () => {
      for (let i = 0; i < 1000; i++) await sink.data(Buffer.alloc(1))
    })()
    let most = 0
    const set = vi.spyOn(globalThis, 'setTimeout')
    for (let i = 0; i < 100; i++) {
      await vi.advanceTimersByTimeAsync(100)
      most = Math.max(most, vi.getTimerCount())
    }
    await pouring
    expect(most).toBe(1)
    // Four times a second, for the nine seconds that it takes.
    expect(set.mock.calls.length).toBeLessThanOrEqual(36)
  })

  it('waits for the next sink as well as for the time', async () => {
    const { sink, end, granted } = paced()
    let ready: (() => void) | undefined
    end.slow = () =>
      new Promise((resolve) => {
        ready = resolve
      })
    let over = false
    void Promise.resolve(sink.data(Buffer.alloc(3000))).then(() => {
      over = true
    })
    expect(granted()).toEqual([1000])
    await vi.advanceTimersByTimeAsync(1500)
    expect(granted()).toEqual([])
    ready?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(granted()).toEqual([1500])
    ready?.()
    await vi.advanceTimersByTimeAsync(500)
    expect(granted()).toEqual([250])
    ready?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(granted()).toEqual([250])
    expect(over).toBe(false)
    ready?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(over).toBe(true)
  })

  it('lets everything through once the request is over', async () => {
    const { x, sink, granted } = paced()
    const waits = sink.data(Buffer.alloc(100_000))
    expect(granted()).toEqual([1000])
    runLog(x)
    await waits
    expect(granted()).toEqual([99_000])
    expect(sink.data(Buffer.alloc(100_000))).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('passes a failure at once, and its sender waits no longer', async () => {
    const { sink, end } = paced()
    const waits = sink.data(Buffer.alloc(5000))
    sink.fail(clientClosed('it was tested'))
    await waits
    expect(end.failure?.code).toBe('CLIENT_CLOSED')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tells its sender when the next sink fails', async () => {
    const { sink, end } = paced()
    const waits = sink.data(Buffer.alloc(5000))
    end.data = () => {
      throw new Error('broken')
    }
    const failed = expect(waits).rejects.toThrow('broken')
    await vi.advanceTimersByTimeAsync(250)
    await failed
    expect(vi.getTimerCount()).toBe(0)
  })
})

const PACE = (x: Exchange): Pace => ({ rate: 4000, after: 0, since: x.startedAt })

describe('a client whose response is paced', () => {
  function served() {
    return serve({
      filters: [['slice', (x, next) => new PacedSink(x, next, PACE(x))]],
      handlers: [['content', (x) => x.respond(200, Buffer.alloc(1_000_000, 'x'))]],
      settings: { send_timeout: 1000 },
    })
  }

  it('is not taken for one that takes nothing', async () => {
    const { client, pass, logged } = served()
    const reader = await client()
    await reader.send(GET('/'))
    for (let i = 0; i < 4; i++) {
      await reader.incoming.until('x'.repeat(1500))
      // It is the pace that it waits for: no send time-out runs.
      pass(10_000)
    }
    expect(logged).toEqual([])
  })

  it('is logged with what it got when it leaves', async () => {
    const { client, pass, logged, empty } = served()
    const reader = await client()
    await reader.send(GET('/'))
    await reader.incoming.until('x'.repeat(900))
    reader.destroy()
    // That it is gone shows when more is sent.
    await until('the log', () => {
      pass(10)
      return logged.length === 1
    })
    expect(logged[0]).toMatchObject({ status: 200, aborted: true })
    expect(logged[0]?.bodySent).toBeGreaterThanOrEqual(4000)
    expect(logged[0]?.bodySent).toBeLessThan(1_000_000)
    await empty()
  })
})
