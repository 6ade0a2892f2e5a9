import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { Head } from '../../src/wire/head.ts'
import { GET } from '../harness/raw-client.ts'
import { gated, hello } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

describe('a worker that drains', () => {
  it('finishes what is asked, says close, and is empty then', async () => {
    const gate = new Gate()
    const served = serve({ handlers: gated(gate) })
    let empty = 0
    const [busy, idle] = [await served.client(), await served.client()]
    gate.open()
    await idle.exchange(GET('/'))
    await busy.send('GET / HTTP/1.1\r\nHo')
    await turns(20)
    served.clients.onEmpty = () => {
      empty++
    }
    served.clients.drain()
    served.pass(999)
    expect(served.clients.size).toBe(2)
    served.pass(1)
    expect(await idle.ending()).toBe('end')
    idle.destroy()
    const answer = await busy.exchange('st: a\r\n\r\n')
    expect(answer.headers.get('connection')).toBe('close')
    expect(await busy.ending()).toBe('end')
    await served.empty()
    expect(empty).toBe(1)
  })

  it('still answers a request that is on its way over an idle connection', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/1'))
    served.clients.drain()
    const answer = await client.exchange(GET('/2'))
    expect(answer.text).toBe('hello /2')
    expect(answer.headers.get('connection')).toBe('close')
    await served.empty()
  })

  it('lets a long idle connection go at once', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(GET('/1'))
    served.pass(30_000)
    served.clients.drain()
    served.pass(0)
    expect(await client.ending()).toBe('end')
  })

  it('does not wait for a connection whose response promised to keep it', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { length: 3, flush: true }))
            await sink.data(Buffer.from('a'))
            await gate.pass(x)
            await sink.data(Buffer.from('bc'))
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    await gate.reached()
    served.clients.drain()
    gate.open()
    const answer = await client.response()
    expect(answer.headers.get('connection')).toBe('keep-alive')
    served.pass(1000)
    expect(await client.ending()).toBe('end')
  })

  it('is empty at once when nobody is connected, and when all are cut', async () => {
    let empty = 0
    const served = serve({ handlers: hello })
    served.clients.onEmpty = () => {
      empty++
    }
    served.clients.drain()
    expect(empty).toBe(1)
    const second = serve({ handlers: hello })
    const client = await second.client()
    await client.exchange(GET('/'))
    second.clients.drain()
    second.clients.closeAll()
    expect(await client.ending()).toBe('end')
    await second.empty()
  })
})
