import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { responseTooLong } from '../../src/base/errors.ts'
import { Head } from '../../src/wire/head.ts'
import { GET } from '../harness/raw-client.ts'
import { serve } from '../kernel/serve.ts'

describe('a response that cannot be completed', () => {
  it.each([
    ['too short', 10, ['12345'], undefined, '12345'],
    ['too long', 4, ['1234', '5'], undefined, '1234'],
    ['broken off', 10, ['123'], 'fail', '123'],
    ['broken off in chunks', undefined, ['123'], 'fail', '3\r\n123\r\n'],
  ] as const)('because it is %s ends the connection', async (_, length, chunks, how, body) => {
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            const sink = x.send(Object.assign(new Head(200), { length }))
            for (const chunk of chunks) sink.data(Buffer.from(chunk))
            if (how === 'fail') sink.fail(responseTooLong())
            else sink.end()
            return 'done'
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/1') + GET('/2'))
    const all = (await client.incoming.rest()).toString()
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toBe(body)
    await served.empty()
    expect(served.logged).toHaveLength(1)
    expect(served.errors.filter((line) => line.includes('[error]'))).toHaveLength(1)
  })

  it('because its handler throws after the head is cut, and reported once', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            const sink = x.send(Object.assign(new Head(200), { length: 10 }))
            await sink.data(Buffer.from('123'))
            throw new Error('no more')
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/'))
    expect((await client.incoming.rest()).toString()).toMatch(/\r\n\r\n123$/)
    await served.empty()
    expect(served.errors).toHaveLength(1)
    expect(served.errors[0]).toContain('no more')
  })
})
