import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { Head } from '../../src/wire/head.ts'
import { GET, request } from '../harness/raw-client.ts'
import { echo, heedless } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

describe('Expect: 100-continue', () => {
  const expects = (path: string, length: number) =>
    request(`POST ${path}`, { Expect: '100-Continue', 'Content-Length': `${length}` })

  it('is answered when somebody wants the body', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          (x) => gate.pass(x).then(async () => x.respond(200, `${await x.body.bytes()}`)),
        ],
      ],
    })
    const client = await served.client()
    await client.send(expects('/', 5))
    await gate.reached()
    await turns(20)
    expect(client.incoming.size).toBe(0)
    gate.open()
    const line = await client.incoming.until('\r\n\r\n')
    expect(line.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const answer = await client.exchange(`hello${GET('/2')}`)
    expect(answer.text).toBe('hello')
    expect((await client.response()).status).toBe(200)
  })

  it('is not answered to a client that did not wait', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    const answer = await client.exchange(`${expects('/', 5)}hello`)
    expect(answer).toMatchObject({ text: '/:hello', interim: [] })
    expect((await client.exchange(GET('/2'))).text).toBe('/2:')
  })

  it('is not answered to an HTTP/1.0 client', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    const headers = { Expect: '100-continue', 'Content-Length': '5' }
    await client.send(request('POST / HTTP/1.0', headers))
    await turns(20)
    const answer = await client.exchange('hello')
    expect(answer).toMatchObject({ text: '/:hello', interim: [] })
  })

  it('is answered with the response alone where nobody wants the body', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const answer = await client.exchange(expects('/', 5))
    expect(answer).toMatchObject({ status: 200, interim: [] })
    // Whether the body comes now nobody knows.
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    await client.send(`hello${GET('/2')}`)
    client.destroy()
    await served.empty()
    expect(served.logged).toHaveLength(1)
  })

  it('is not answered in the middle of a response', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(new Head(200))
            await sink.data(Buffer.alloc(5000, 'a'))
            const body = await x.body.bytes()
            await sink.data(body)
            await sink.end()
            return 'done' as const
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(expects('/', 5))
    await turns(20)
    const answer = await client.exchange('hello')
    expect(answer.text).toBe(`${'a'.repeat(5000)}hello`)
  })

  it('does not hold for the next request on the connection', async () => {
    const served = serve({ handlers: echo })
    const client = await served.client()
    await client.send(expects('/1', 5))
    expect((await client.incoming.until('\r\n\r\n')).toString()).toContain('100 Continue')
    await client.exchange('hello')
    await client.send(request('POST /2', { 'Content-Length': '2' }))
    await turns(20)
    expect((await client.exchange('hi')).interim).toEqual([])
  })
})
