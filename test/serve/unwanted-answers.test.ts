import { Buffer } from 'node:buffer'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { clientClosed } from '../../src/base/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { RequestBody } from '../../src/kernel/exchange/request-body.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import { Head } from '../../src/wire/head.ts'
import { GET } from '../harness/raw-client.ts'
import { makeExchange } from '../kernel/hand-made-exchange.ts'
import { type LocationParts, makeServer } from '../kernel/hand-made-plan.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

/** Begins an answer and leaves the rest to the test. */
function begun() {
  const state: { sink: Sink | undefined; stopped: number } = { sink: undefined, stopped: 0 }
  const parts: LocationParts = {
    handlers: [
      [
        'content',
        (x) => {
          x.onAbort = () => state.stopped++
          state.sink = x.send(new Head(200))
          return 'done'
        },
      ],
    ],
  }
  const { x, carrier } = makeExchange(makeServer({ locations: { '/': parts } }))
  return { state, x, carrier, pour: (size: number) => state.sink?.data(Buffer.alloc(size)) }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('an answer nobody wants', () => {
  it('is read to its end where it is short', async () => {
    const { state, x, pour } = begun()
    const over = x.subrequest('/a').dismiss()
    await pour(65_536)
    await state.sink?.end()
    await over
    expect(state.stopped).toBe(0)
  })

  it('is broken off where it is long', async () => {
    const { state, x, pour } = begun()
    const subrequest = x.subrequest('/a')
    const over = subrequest.dismiss()
    await pour(65_536)
    expect(state.stopped).toBe(0)
    await pour(1)
    await over
    expect([state.stopped, subrequest.x.aborted, x.aborted]).toEqual([1, true, false])
  })

  it('is broken off where it does not come to an end', async () => {
    vi.useFakeTimers()
    const { state, x } = begun()
    const over = x.subrequest('/a').dismiss()
    await vi.advanceTimersByTimeAsync(9999)
    expect(state.stopped).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    await over
    expect(state.stopped).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers()
    const { state, x } = begun()
    const over = x.subrequest('/a').dismiss()
    await vi.advanceTimersByTimeAsync(5000)
    await state.sink?.end()
    await over
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on when the client leaves, and does not make it be told', () => {
    const { state, x } = begun()
    void x.subrequest('/a').dismiss()
    expect(x.abort(clientClosed('waiting'))).toBe(false)
    expect(state.stopped).toBe(0)
  })
})

describe('a background request', () => {
  it('holds the worker until it is over', async () => {
    const { state, x, carrier } = begun()
    expect(x.background('/a')).toBeInstanceOf(Promise)
    await turns(5)
    expect(carrier.asked).toEqual(['hold'])
    await state.sink?.end()
    await turns(5)
    expect(carrier.asked).toEqual(['hold', 'release'])
  })

  it('of a subrequest holds it, too', () => {
    const { x, carrier } = begun()
    x.subrequest('/a').x.background('/b')
    expect(carrier.asked).toEqual(['hold'])
  })

  it('has the body of its request, if it shall', async () => {
    const bodies: string[] = []
    const server = makeServer({
      locations: {
        '/': {
          handlers: [
            ['content', async (y) => y.respond(200, `${bodies.push(`${await y.body.bytes()}`)}`)],
          ],
        },
      },
    })
    const body = new RequestBody({ resumeBody: () => undefined, pauseBody: () => undefined }, 3)
    body.feed(Buffer.from('abc'), 0, 3)
    const { x } = makeExchange(server, { body })
    await x.body.bytes()
    x.background('/a', { body: 'same', method: 'PUT' })
    x.background('/b')
    await turns(10)
    expect(bodies).toEqual(['abc', ''])
  })

  it('that is too deep holds nothing', () => {
    const { x, carrier } = begun()
    let deepest = x
    for (let i = 0; i < 50; i++) deepest = deepest.subrequest('/a').x
    expect(() => deepest.background('/a')).toThrow('subrequest')
    expect(carrier.asked).toEqual([])
  })

  it('is not made where too much goes on, and keeps a draining worker', async () => {
    const gate = new Gate()
    const made: boolean[] = []
    const later = (x: Exchange) => gate.pass(x).then(() => x.respond(200))
    const served = serve(
      {
        locations: {
          '/': {
            handlers: [
              [
                'content',
                (x) => {
                  made.push(x.background('/later') !== undefined)
                  return x.respond(200, 'now')
                },
              ],
            ],
          },
          '/later': { handlers: [['content', later]] },
        },
      },
      { slots: 8 },
    )
    const client = await served.client()
    for (let i = 0; i < 3; i++) expect((await client.exchange(GET('/'))).text).toBe('now')
    expect(made).toEqual([true, true, false])
    client.destroy()
    await served.empty()
    let left = 0
    served.clients.onEmpty = () => left++
    served.clients.drain()
    await turns(5)
    expect(left).toBe(0)
    gate.open()
    await turns(20)
    expect(left).toBe(1)
  })
})
