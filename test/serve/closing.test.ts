import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { GET, request } from '../harness/raw-client.ts'
import { hello } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { serve } from '../kernel/serve.ts'

describe('closing', () => {
  it('lets the client read all of the answer, though it still sends', async () => {
    const served = serve({
      handlers: [['content', (x) => x.respond(200, Buffer.alloc(200_000, 'a'))]],
    })
    const client = await served.client()
    void client.send(request('POST /', { Connection: 'close', 'Content-Length': '900000' }))
    void client.send('x'.repeat(900_000))
    expect((await client.response()).body.length).toBe(200_000)
    expect(await client.ending()).toBe('end')
  })

  it('lingers no longer than lingering_timeout without, and lingering_time with new bytes', async () => {
    const served = serve({ handlers: [['content', () => 413]] })
    const [silent, busy] = [await served.client(), await served.client()]
    for (const client of [silent, busy]) {
      await client.exchange(request('POST /', { 'Content-Length': '100000' }))
      expect(await client.ending()).toBe('end')
    }
    expect(served.clients.size).toBe(2)
    served.pass(4999)
    await busy.send('x')
    await turns(20)
    served.pass(1)
    expect(served.clients.size).toBe(1)
    for (let i = 0; i < 5; i++) {
      served.pass(4900)
      await busy.send('x')
      await turns(20)
    }
    expect(served.clients.size).toBe(1)
    served.pass(700)
    await served.empty()
  })

  it('does not linger where lingering_close is off', async () => {
    const served = serve({
      handlers: [['content', () => 413]],
      settings: { lingering_close: 'off' },
    })
    const client = await served.client()
    await client.exchange(request('POST /', { 'Content-Length': '100000' }))
    await served.empty()
  })

  it('lingers after each response that closes where lingering_close is always', async () => {
    const served = serve({ handlers: hello, settings: { lingering_close: 'always' } })
    const client = await served.client()
    await client.exchange(GET('/', { Connection: 'close' }))
    expect(await client.ending()).toBe('end')
    expect(served.clients.size).toBe(1)
    client.destroy()
    await served.empty()
  })
})
