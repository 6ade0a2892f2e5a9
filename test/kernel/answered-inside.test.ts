import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { RequestBody, streamedBody } from '../../src/kernel/exchange/request-body.ts'
import { runEndings } from '../../src/kernel/phase/run.ts'
import { Head } from '../../src/wire/head.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { makeServer } from './hand-made-plan.ts'

const client = (body?: RequestBody) => {
  return makeExchange(makeServer({ locations: {} }), body ? { body } : {}).x
}
const NO_BODY = new Uint8Array(0)

describe('a request that its maker answers inside', () => {
  it('has the answer of that function, and what it was asked with', async () => {
    const x = client()
    const asked: unknown[] = []
    const inner = x.rest({
      method: 'PUT',
      to: { uri: '/a', args: 'b' },
      body: Buffer.from('put'),
      by: (made) => {
        asked.push(made.method, made.uri, made.args, made.parent === x)
        void made.body.bytes().then((bytes) => asked.push(`${bytes}`))
        const sink = made.send(new Head(203))
        void Promise.resolve(sink.data(Buffer.from('answer'))).then(() => sink.end())
      },
    })
    expect((await inner.answered)?.status).toBe(203)
    const got: string[] = []
    expect(await inner.pour({ data: (chunk) => void got.push(`${chunk}`) })).toBeUndefined()
    expect([asked, got]).toEqual([['PUT', '/a', 'b', true, 'put'], ['answer']])
  })

  it('has the built-in page of a status, and of what was thrown', async () => {
    const by = (made: Exchange) => void made.finish(404)
    expect((await client().rest({ by, body: NO_BODY }).answered)?.status).toBe(404)
    const failing = () => {
      throw new Error('no')
    }
    expect((await client().rest({ by: failing, body: NO_BODY }).answered)?.status).toBe(500)
  })

  it('may be broken off: who answers is told, and nobody waits any more', async () => {
    const told: string[] = []
    const by = (made: Exchange) => {
      made.onAbort = () => told.push('told')
    }
    const inner = client().rest({ by, body: NO_BODY })
    inner.breakOff()
    expect(await inner.answered).toBeUndefined()
    expect([told, inner.x.aborted]).toEqual([['told'], true])
  })

  it('does at its end what was to be done then', async () => {
    const done: string[] = []
    const by = (made: Exchange) => {
      made.atEnd(() => done.push('done'))
      void made.respond(200, 'x')
    }
    const inner = client().rest({ by, body: NO_BODY })
    await inner.pour()
    expect(done).toEqual(['done'])
  })

  it('leaves to its parent what concerns the body of both', async () => {
    const done: string[] = []
    const x = client(new RequestBody({ resumeBody() {}, pauseBody() {} }, 3))
    const by = (made: Exchange) => {
      made.atEnd(() => done.push('done'))
      void made.respond(200, 'x')
    }
    await x.rest({ by }).pour()
    expect(done).toEqual([])
    runEndings(x)
    expect(done).toEqual(['done'])
  })

  it('may have a body that is made while it is read', async () => {
    let discarded = 'no'
    const body = streamedBody({
      pour: (receiver) => {
        receiver.data(Buffer.from('a'))
        receiver.data(Buffer.from('b'))
        receiver.end()
      },
      discard: () => {
        discarded = 'yes'
      },
    })
    const inner = client().rest({ body, by: () => {} })
    expect([inner.x.body.length, inner.x.body.empty]).toEqual([undefined, false])
    expect(`${await inner.x.body.bytes()}`).toBe('ab')
    inner.x.body.discard()
    expect(discarded).toBe('yes')
  })
})
