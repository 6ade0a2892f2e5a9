import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { clientClosed, responseTooShort } from '../../src/base/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { start } from '../../src/kernel/phase/run.ts'
import { Head } from '../../src/wire/head.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { keptLog, type LocationParts, makeServer, noting } from './hand-made-plan.ts'
import { turns } from './loopback.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** A main request on a server with these locations. */
function main(locations: Readonly<Record<string, LocationParts>>, parts: LocationParts = {}) {
  const { log } = keptLog('debug')
  return makeExchange(
    makeServer({ locations, ...parts, settings: { error_log: log, ...parts.settings } }),
  )
}

/** What a subrequest is poured into. */
function collector() {
  const chunks: string[] = []
  return {
    chunks,
    data: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk).toString('latin1')),
  }
}

/** Answers with its URI in two chunks, the second a little later. */
const pieces: LocationParts = {
  handlers: [
    [
      'content',
      async (x) => {
        const sink = x.send(new Head(200))
        await sink.data(bytes(`${x.uri} `))
        await turns(2)
        await sink.data(bytes(`${x.args} ${x.method}`))
        await sink.end()
        return 'done' as const
      },
    ],
  ],
}

describe('a subrequest', () => {
  it('begins at once, and is poured when somebody wants it', async () => {
    const { x } = main({ '/a': pieces })
    const sub = x.subrequest('/a?b=c')
    expect((await sub.answered)?.status).toBe(200)
    const into = collector()
    await turns(10)
    expect(into.chunks).toEqual([])
    expect(await sub.pour(into)).toBeUndefined()
    expect(into.chunks.join('')).toBe('/a b=c GET')
  })

  it('runs beside others, which are poured in the order their reader wants', async () => {
    const begun: string[] = []
    const { x } = main({
      '/': {
        handlers: [
          [
            'content',
            (y) => {
              begun.push(y.uri)
              return turns(y.uri === '/1' ? 8 : 1).then(() => y.respond(200, y.uri))
            },
          ],
        ],
      },
    })
    const subs = ['/1', '/2', '/3'].map((uri) => x.subrequest(uri))
    expect(begun).toEqual(['/1', '/2', '/3'])
    const into = collector()
    for (const sub of subs) await sub.pour(into)
    expect(into.chunks).toEqual(['/1', '/2', '/3'])
  })

  it('that nobody wants to see is dropped to its end', async () => {
    const { x } = main({ '/a': pieces })
    const sub = x.subrequest('/a')
    expect(await sub.pour()).toBeUndefined()
    expect(x.children?.size).toBe(0)
  })

  it('may enter internal locations, and starts at the server’s rewrites', async () => {
    const seen: string[] = []
    const { x } = main(
      {
        '/in': {
          settings: { internal: true },
          handlers: [['content', (y) => y.respond(200, 'in')]],
        },
      },
      {
        handlers: [
          ['postRead', noting(seen, 'postRead')],
          ['serverRewrite', noting(seen, 'serverRewrite')],
        ],
      },
    )
    const sub = x.subrequest('/in')
    const into = collector()
    await sub.pour(into)
    expect(into.chunks).toEqual(['in'])
    expect(seen).toEqual(['serverRewrite'])
  })

  it('passes the filters of its own location', async () => {
    const { x } = main({
      '/a': {
        ...pieces,
        filters: [
          [
            'edit',
            (_, next) => ({
              head: (head) => next.head(head),
              data: (chunk) =>
                next.data(bytes(Buffer.from(chunk).toString('latin1').toUpperCase())),
              end: () => next.end(),
              fail: (error) => next.fail(error),
            }),
          ],
        ],
      },
    })
    const into = collector()
    await x.subrequest('/a').pour(into)
    expect(into.chunks.join('')).toBe('/A UNDEFINED GET')
  })

  it('waits for a reader that is slow', async () => {
    const { x } = main({ '/a': pieces })
    let busy = false
    const slow = {
      data: async () => {
        expect(busy).toBe(false)
        busy = true
        await turns(3)
        busy = false
      },
    }
    await x.subrequest('/a').pour(slow)
    expect(busy).toBe(false)
  })

  it('that fails tells its reader, and the main request goes on', async () => {
    const { x, carrier } = main({
      '/cut': {
        handlers: [
          [
            'content',
            (y) => {
              const sink = y.send(new Head(200))
              sink.data(bytes('some'))
              sink.fail(responseTooShort(3))
              return 'done'
            },
          ],
        ],
      },
      '/throws': { handlers: [['content', () => Promise.reject(new Error('broken'))]] },
      '/drops': { handlers: [['content', () => 444]] },
    })
    const cut = x.subrequest('/cut')
    expect((await cut.answered)?.status).toBe(200)
    expect((await cut.pour(collector()))?.code).toBe('RESPONSE_TOO_SHORT')
    const thrown = x.subrequest('/throws')
    const page = collector()
    expect(await thrown.pour(page)).toBeUndefined()
    expect((await thrown.answered)?.status).toBe(500)
    expect(page.chunks.join('')).toContain('500')
    const dropped = x.subrequest('/drops')
    expect(await dropped.answered).toBeUndefined()
    expect(await dropped.pour()).toBeUndefined()
    expect(carrier.asked).toEqual([])
    expect(x.children?.size).toBe(0)
  })

  it('is told when the client of the main request is gone', async () => {
    const told: string[] = []
    const { x } = main({
      '/a': {
        handlers: [
          [
            'content',
            (y) => {
              y.onAbort = () => told.push(y.uri)
              return 'done'
            },
          ],
        ],
      },
    })
    x.subrequest('/a')
    const { x: plain } = main({ '/a': pieces })
    expect(x.abort(clientClosed('waiting'))).toBe(true)
    expect(x.aborted).toBe(true)
    expect(told).toEqual(['/a'])
    expect(x.abort(clientClosed('waiting'))).toBe(false)
    expect(plain.abort(clientClosed('waiting'))).toBe(false)
  })

  it('of a subrequest of a subrequest ends somewhere', async () => {
    let deepest = 0
    const { x } = main({
      '/deep': {
        handlers: [
          [
            'content',
            async (y: Exchange) => {
              deepest++
              await y.subrequest('/deep').pour()
              return y.respond(200, 'end')
            },
          ],
        ],
      },
    })
    await x.subrequest('/deep').pour()
    expect(deepest).toBe(50)
  })

  it('has no body, and leaves the one of the main request alone', async () => {
    const { x } = main({
      '/a': {
        handlers: [['content', async (y) => y.respond(200, `${(await y.body.bytes()).length}`)]],
      },
    })
    const into = collector()
    await x.subrequest('/a', { method: 'POST' }).pour(into)
    expect(x.method).toBe('GET')
    expect(into.chunks).toEqual(['0'])
  })

  it('with HEAD gives the head alone', async () => {
    const { x } = main({ '/a': pieces })
    const sub = x.subrequest('/a', { method: 'HEAD' })
    const into = collector()
    expect(await sub.pour(into)).toBeUndefined()
    expect((await sub.answered)?.status).toBe(200)
    expect(into.chunks).toEqual([])
  })

  it.each([true, false])('is logged where log_subrequest is %s', async (log_subrequest) => {
    const logged: string[] = []
    const { x } = main({
      '/a': {
        settings: { log_subrequest },
        handlers: [
          ['content', (y) => y.respond(200, 'a')],
          ['log', noting(logged, (y) => y.uri)],
        ],
      },
    })
    await x.subrequest('/a').pour()
    expect(logged).toEqual(log_subrequest ? ['/a'] : [])
  })

  it('may be started by a handler whose walk is synchronous otherwise', async () => {
    const { log } = keptLog()
    const server = makeServer({
      settings: { error_log: log },
      locations: {
        '= /page': {
          handlers: [
            [
              'content',
              async (y) => {
                const sub = y.subrequest('/part')
                const sink = y.send(new Head(200))
                await sink.data(bytes('<'))
                await sub.pour(sink)
                await sink.data(bytes('>'))
                await sink.end()
                return 'done' as const
              },
            ],
          ],
        },
        '= /part': { handlers: [['content', (y) => y.respond(200, 'part')]] },
      },
    })
    const { x, end } = makeExchange(server, { uri: '/page' })
    start(x)
    await turns(10)
    expect(end.text).toBe('<part>')
    expect(end.calls.filter((call) => call === 'end')).toHaveLength(1)
  })
})
