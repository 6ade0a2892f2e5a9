import { describe, expect, it } from 'vitest'
import { GET, request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { gated, hello } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

describe('a worker without free slots', () => {
  it('serves a connection as soon as another one leaves', async () => {
    const gate = new Gate()
    const served = serve({ handlers: [...gated(gate)] }, { slots: 2 })
    const [a, b] = [await served.client(), await served.client()]
    await a.send(GET('/a'))
    await b.send(GET('/b'))
    await gate.reached(2)
    const c = await served.client()
    await c.send(GET('/c'))
    await until('the third', () => served.clients.size === 3)
    expect(served.clients.full).toBe(true)
    await turns(20)
    expect(gate.waiting).toHaveLength(2)
    b.reset()
    await gate.reached(3)
    expect(served.clients.full).toBe(false)
    gate.open()
    expect((await a.response()).text).toBe('late')
    expect((await c.response()).text).toBe('late')
  })

  it('closes the connection that idles longest, but none that just became idle', async () => {
    const served = serve({ handlers: hello }, { slots: 2 })
    const [old, young] = [await served.client(), await served.client()]
    await old.exchange(GET('/'))
    served.pass(1000)
    await young.exchange(GET('/'))
    const next = await served.client()
    expect((await next.exchange(GET('/next'))).text).toBe('hello /next')
    expect(await old.ending()).toBe('end')
    // Nobody else may be closed before keepalive_min_timeout.
    const waiting = await served.client()
    await until('the waiting one', () => served.clients.full)
    expect((await young.exchange(GET('/young'))).text).toBe('hello /young')
    await waiting.send(GET('/waiting'))
    await turns(20)
    expect(waiting.incoming.size).toBe(0)
    next.destroy()
    expect((await waiting.response()).text).toBe('hello /waiting')
  })

  it('closes connections that never said anything', async () => {
    const served = serve({ handlers: hello }, { slots: 4 })
    const silent = await Promise.all([1, 2, 3, 4].map(() => served.client()))
    await until('all of them', () => served.clients.size === 4)
    served.pass(1000)
    const client = await served.client()
    expect((await client.exchange(GET('/'))).text).toBe('hello /')
    expect(await (silent[0] as typeof client).ending()).toBe('end')
  })

  it('closes a connection that says nothing once somebody waits, but gives it its moment', async () => {
    const served = serve({ handlers: hello }, { slots: 2 })
    const silent = [await served.client(), await served.client()] as const
    await until('both of them', () => served.clients.size === 2)
    const client = await served.client()
    await client.send(GET('/'))
    await until('the third', () => served.clients.full)
    served.pass(999)
    await turns(20)
    expect(client.incoming.size).toBe(0)
    served.pass(1)
    expect((await client.response()).text).toBe('hello /')
    expect(await silent[0].ending()).toBe('end')
    expect(silent[1].closed).toBe(false)
  })

  it('closes no connection in the middle of a head', async () => {
    const served = serve({ handlers: hello }, { slots: 1 })
    const slow = await served.client()
    await slow.send('GET /slow HTTP/1.1\r\n')
    await turns(20)
    const client = await served.client()
    await client.send(GET('/'))
    await until('the second', () => served.clients.full)
    await turns(20)
    expect((await slow.exchange('Host: a\r\nConnection: close\r\n\r\n')).text).toBe('hello /slow')
    expect((await client.response()).text).toBe('hello /')
  })

  it('closes connections that only linger', async () => {
    const served = serve(
      { handlers: [['content', (x) => (x.uri === '/big' ? 413 : 204)]] },
      { slots: 1 },
    )
    const lingering = await served.client()
    await lingering.exchange(request('POST /big', { 'Content-Length': '100000' }))
    const client = await served.client()
    expect((await client.exchange(GET('/'))).status).toBe(204)
  })

  it('serves each waiting connection once, though several slots come free for it', async () => {
    const [lingering, busy] = [new Gate(), new Gate()]
    const served = serve(
      {
        locations: {
          '/big': { handlers: [['content', (x) => lingering.pass(x).then(() => 413)]] },
          '/busy': { handlers: gated(busy) },
          '/': { handlers: hello },
        },
      },
      { slots: 17 },
    )
    const big = await Promise.all(Array.from({ length: 16 }, () => served.client()))
    for (const client of big) await client.send(request('POST /big', { 'Content-Length': '9' }))
    const last = await served.client()
    await last.send(GET('/busy'))
    await until('all requests', () => lingering.waiting.length + busy.waiting.length === 17)
    const waiting = [await served.client(), await served.client()] as const
    await until('two to wait', () => served.clients.size === 19)
    lingering.open()
    for (const client of big) await client.response()
    last.reset()
    for (const client of waiting) expect((await client.exchange(GET('/'))).text).toBe('hello /')
    expect(served.slots.used).toBe(16)
    expect(served.clients.size).toBe(16)
  })

  it('serves many more clients than it has slots, one after another', async () => {
    const served = serve({ handlers: hello }, { slots: 3 })
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const client = await served.client()
        return client.exchange(GET(`/${i}`, { Connection: 'close' }))
      }),
    )
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, i) => `hello /${i}`))
    await served.empty()
  })
})
