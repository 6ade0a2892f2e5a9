import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import { Head } from '../../src/wire/head.ts'
import { GET } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import type { Handlers } from './hand-made-plan.ts'
import { hello } from './handlers.ts'
import { turns } from './loopback.ts'
import { serve } from './serve.ts'

describe('a plugin that fails', () => {
  const throwing = () => {
    throw new Error('broken plugin')
  }

  it.each([
    ['at once', throwing],
    ['later', async () => throwing()],
  ])('%s gets its client 500, and the others nothing', async (_, run) => {
    const served = serve({
      locations: { '/bad': { handlers: [['content', run]] }, '/': { handlers: hello } },
    })
    const [bad, good] = [await served.client(), await served.client()]
    expect((await bad.exchange(GET('/bad'))).status).toBe(500)
    expect((await good.exchange(GET('/good'))).text).toBe('hello /good')
    bad.destroy()
    await until('one to leave', () => served.clients.size === 1)
    expect(served.errors).toHaveLength(1)
    expect(served.errors[0]).toContain('broken plugin')
  })

  it.each([
    ['when the head reaches it', throwing],
    [
      'with the head it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: throwing,
        data: (chunk) => next.data(chunk),
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }),
    ],
    [
      'with the body it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: (head) => next.head(head),
        data: throwing,
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }),
    ],
    [
      'with the end it gets',
      (_x: Exchange, next: Sink): Sink => ({
        head: (head) => next.head(head),
        data: (chunk) => next.data(chunk),
        end: throwing,
        fail: (error) => next.fail(error),
      }),
    ],
  ])('as a filter, %s, costs this connection only', async (_, open) => {
    for (const content of ['status', 'respond', 'async status', 'redirect'] as const) {
      const handlers: Handlers = [
        [
          'content',
          (x) => {
            if (content === 'status') return 404
            if (content === 'respond') return x.respond(200, 'some')
            if (content === 'async status') return Promise.resolve(404)
            return x.finish(301, new Head(301))
          },
        ],
      ]
      const served = serve({ handlers, filters: [['edit', open]] })
      const client = await served.client()
      await client.send(GET('/'))
      await client.incoming.rest()
      client.destroy()
      await served.empty()
      expect(served.logged).toHaveLength(1)
      expect(served.errors.filter((line) => line.includes('broken plugin'))).toHaveLength(1)
    }
  })

  it('in the log phase harms nobody', async () => {
    const served = serve({
      handlers: [...hello, ['log', throwing], ['log', async () => throwing()]],
    })
    const client = await served.client()
    const answers = await client.pipeline([GET('/1'), GET('/2')])
    expect(answers.map(({ text }) => text)).toEqual(['hello /1', 'hello /2'])
    await turns(5)
    expect(served.logged).toHaveLength(2)
    expect(served.errors.filter((line) => line.includes('broken plugin'))).toHaveLength(4)
  })

  it('to answer at all is closed without an answer by 444', async () => {
    const served = serve({ handlers: [['content', () => 444]] })
    const client = await served.client()
    await client.send(GET('/'))
    expect((await client.incoming.rest()).length).toBe(0)
    await served.empty()
    expect(served.logged).toMatchObject([{ status: 444, sent: 0 }])
  })
})
