import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Head } from '../../src/wire/head.ts'
import { GET, request } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { hello } from '../kernel/handlers.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

describe('a connection', () => {
  it('is kept for another request', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    for (const path of ['/1', '/2', '/3']) {
      const answer = await client.exchange(GET(path))
      expect(answer.text).toBe(`hello ${path}`)
      expect(answer.headers.get('connection')).toBe('keep-alive')
    }
    expect(served.slots.used).toBe(1)
    client.destroy()
    await served.empty()
    expect(served.logged.map(({ line }) => line)).toEqual(['GET /1', 'GET /2', 'GET /3'])
  })

  it.each([
    ['HTTP/1.1', {}, true],
    ['HTTP/1.1', { Connection: 'close' }, false],
    ['HTTP/1.1', { Connection: 'Close' }, false],
    ['HTTP/1.1', { Connection: 'x, close' }, false],
    ['HTTP/1.1', { Connection: 'x,close,y' }, false],
    ['HTTP/1.1', { Connection: 'disclosed' }, true],
    ['HTTP/1.1', { Connection: 'keep-alive' }, true],
    ['HTTP/1.1', { Connection: 'keep-alive, close' }, false],
    ['HTTP/1.0', {}, false],
    ['HTTP/1.0', { Connection: 'keep-alive' }, true],
    ['HTTP/1.0', { Connection: 'Keep-Alive, x' }, true],
    ['HTTP/1.0', { Connection: 'close' }, false],
  ])('after %s with %j stays: %s', async (version, headers, stays) => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    const answer = await client.exchange(request(`GET / ${version}`, headers))
    expect(answer.text).toBe('hello /')
    expect(answer.headers.get('connection')).toBe(stays ? 'keep-alive' : 'close')
    if (stays) {
      const next = await client.exchange(request(`GET /2 ${version}`, headers))
      expect(next.text).toBe('hello /2')
    } else {
      expect(await client.ending()).toBe('end')
    }
  })

  it('closes after an HTTP/0.9 request, whose answer has no head', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.send('GET /old\r\n')
    expect((await client.incoming.rest()).toString()).toBe('hello /old')
    await served.empty()
  })

  it('carries keepalive_requests requests', async () => {
    const served = serve({ handlers: hello, settings: { keepalive_requests: 3 } })
    const client = await served.client()
    const answers = await client.pipeline([GET('/1'), GET('/2'), GET('/3')])
    expect(answers.map((each) => each.headers.get('connection'))).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ])
    expect(await client.ending()).toBe('end')
  })

  it('closes with the first response after keepalive_time', async () => {
    const served = serve({ handlers: hello, settings: { keepalive_time: 10_000 } })
    const client = await served.client()
    await client.exchange(GET('/1'))
    served.pass(10_001)
    expect((await client.exchange(GET('/2'))).headers.get('connection')).toBe('close')
  })

  it('closes after each response where keepalive_timeout is 0', async () => {
    const settings = { keepalive_timeout: { idle: 0, header: undefined } }
    const served = serve({ handlers: hello, settings })
    const client = await served.client()
    expect((await client.exchange(GET('/'))).headers.get('connection')).toBe('close')
    await client.ending()
    client.destroy()
    await served.empty()
  })

  it('says in the head how long it may idle where keepalive_timeout tells a second value', async () => {
    const served = serve({
      handlers: hello,
      settings: { keepalive_timeout: { idle: 75_000, header: 20_000 } },
    })
    const client = await served.client()
    expect((await client.exchange(GET('/'))).headers.get('keep-alive')).toBe('timeout=20')
  })

  it('that ends a response of unknown length closes', async () => {
    const served = serve({
      settings: { chunked_transfer_encoding: false },
      handlers: [
        [
          'content',
          (x) => {
            const sink = x.send(new Head(200))
            sink.data(Buffer.from('some'))
            sink.end()
            return 'done'
          },
        ],
      ],
    })
    const client = await served.client()
    const answer = await client.exchange(GET('/'))
    expect(answer.framing.kind).toBe('close')
    expect(answer.headers.get('connection')).toBe('close')
    expect(answer.text).toBe('some')
  })

  it('takes line ends between requests for nothing', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.exchange(`${GET('/1')}\r\n`)
    expect((await client.exchange(`\r\n\r\n${GET('/2')}`)).text).toBe('hello /2')
  })

  it('starts a request of its own for each head, whatever the one before left behind', async () => {
    const seen: unknown[] = []
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            seen.push({ args: x.args, values: x.values, attempts: x.attempts, refused: x.refused })
            x.values = ['left']
            x.attempts = []
            x.refused = 403
            return x.respond(x.uri === '/close' ? 500 : 200, x.uri)
          },
        ],
      ],
    })
    const client = await served.client()
    await client.pipeline([GET('/a?b'), GET('/c')])
    expect(seen).toEqual([
      { args: 'b', values: undefined, attempts: undefined, refused: 0 },
      { args: undefined, values: undefined, attempts: undefined, refused: 0 },
    ])
  })
})

describe('pipelined requests', () => {
  it('are answered in order, also when an early one takes longest', async () => {
    const gates = [new Gate(), new Gate(), new Gate()]
    const served = serve({
      handlers: [
        [
          'content',
          async (x) => {
            await gates[Number(x.uri.slice(1))]?.pass(x)
            return x.respond(200, x.uri)
          },
        ],
      ],
    })
    const client = await served.client()
    await client.send(GET('/0') + GET('/1') + GET('/2'))
    await until('the first request', () => gates[0]?.waiting.length === 1)
    gates[2]?.open()
    gates[1]?.open()
    await turns(20)
    // One after another: the second begins when the first is through.
    expect(gates[1]?.waiting).toEqual([])
    expect(client.incoming.size).toBe(0)
    gates[0]?.open()
    for (const path of ['/0', '/1', '/2']) expect((await client.response()).text).toBe(path)
  })

  it('of any mix of now and later keep their order', async () => {
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            const number = Number(x.uri.slice(1))
            if (number % 3 === 0) return x.respond(200, x.uri)
            const later = number % 3 === 1 ? Promise.resolve() : turns(1)
            return later.then(() => x.respond(200, x.uri))
          },
        ],
      ],
    })
    const client = await served.client()
    const paths = Array.from({ length: 300 }, (_, i) => `/${i}`)
    const answers = await client.pipeline(paths.map((path) => GET(path)))
    expect(answers.map(({ text }) => text)).toEqual(paths)
    expect(served.logged.map(({ line }) => line)).toEqual(paths.map((path) => `GET ${path}`))
  })

  it.each(['now', 'later'])('by the thousands do not pile up, answered %s', async (when) => {
    let deepest = 0
    const served = serve({
      handlers: [
        [
          'content',
          (x) => {
            deepest = Math.max(deepest, (new Error().stack ?? '').split('\n').length)
            if (when === 'now') return x.respond(200, 'x')
            return Promise.resolve().then(() => x.respond(200, 'x'))
          },
        ],
      ],
      settings: { keepalive_requests: 10_000 },
    })
    Error.stackTraceLimit = 200
    try {
      const client = await served.client()
      await client.pipeline(Array(5000).fill('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    } finally {
      Error.stackTraceLimit = 10
    }
    expect(deepest).toBeLessThan(60)
    expect(served.logged).toHaveLength(5000)
  })

  it('wait in a bounded buffer while one is served', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [['content', async (x) => gate.pass(x).then(() => x.respond(200, 'x'))]],
      settings: { keepalive_requests: 100_000 },
    })
    const client = await served.client()
    const one = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const many = 300_000
    let left = false
    const sent = client.send(one.repeat(many)).then(() => {
      left = true
    })
    await gate.reached()
    await turns(200)
    // The client has to wait: 9 MB are more than the sockets and 64 KB of buffer hold.
    expect(left).toBe(false)
    client.destroy()
    await sent
    gate.open()
    await served.empty()
  })

  it('that arrived in part while another was served are answered as soon as they can be', async () => {
    const gate = new Gate()
    const served = serve({
      handlers: [
        [
          'content',
          (x) =>
            x.uri === '/0' ? gate.pass(x).then(() => x.respond(200, '0')) : x.respond(200, x.uri),
        ],
      ],
    })
    const client = await served.client()
    await client.send(`${GET('/0')}${GET('/1')}GET /2 HT`)
    await gate.reached()
    await client.send('TP/1.1\r\nHo')
    await turns(50)
    gate.open()
    expect((await client.response()).text).toBe('0')
    expect((await client.response()).text).toBe('/1')
    await client.send('st: a\r\n\r\n')
    expect((await client.response()).text).toBe('/2')
  })

  it('behind one that closes are not served', async () => {
    const served = serve({ handlers: hello })
    const client = await served.client()
    await client.send(GET('/1', { Connection: 'close' }) + GET('/2'))
    expect((await client.response()).text).toBe('hello /1')
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toHaveLength(1)
  })

  it('are all answered to a client that says it sends no more', async () => {
    const served = serve({
      handlers: [['content', (x: Exchange) => turns(3).then(() => x.respond(200, x.uri))]],
    })
    const client = await served.client()
    await client.send(GET('/1') + GET('/2') + GET('/3'))
    client.halfClose()
    for (const path of ['/1', '/2', '/3']) expect((await client.response()).text).toBe(path)
    expect(await client.ending()).toBe('end')
    await served.empty()
    expect(served.logged).toHaveLength(3)
  })
})
