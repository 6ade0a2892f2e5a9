import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Head } from '../../src/wire/head.ts'
import type { LocationParts } from '../kernel/hand-made-plan.ts'
import { turns } from '../kernel/loopback.ts'
import { type Served, serve } from '../kernel/serve.ts'

const digest = (method: string, body: Buffer) => `${method} ${body.length} ${sum(body)}`

function sum(bytes: Buffer): number {
  let total = 0
  for (const byte of bytes) total = (total * 31 + byte) % 1_000_003
  return total
}

async function pieces(x: Exchange, count: number, length: number | undefined) {
  const sink = x.send(Object.assign(new Head(200), { length }))
  for (let i = 0; i < count; i++) {
    await sink.data(Buffer.alloc(700, `${i}`))
    if (i % 3 === 0) await turns(1)
  }
  await sink.end()
  return 'done' as const
}

/** Locations that treat requests, bodies and time in different ways. */
const LOCATIONS: Readonly<Record<string, LocationParts>> = {
  '/now': { handlers: [['content', (x) => x.respond(200, `now ${x.args}`)]] },
  '/later': {
    handlers: [['content', (x) => turns(2).then(() => x.respond(200, `later ${x.args}`))]],
  },
  '/read': {
    handlers: [['content', async (x) => x.respond(200, digest(x.method, await x.body.bytes()))]],
  },
  '/late-read': {
    handlers: [
      ['preaccess', () => turns(3).then(() => 'next' as const)],
      ['content', async (x) => x.respond(200, digest(x.method, await x.body.bytes()))],
    ],
  },
  '/chunks': { handlers: [['content', (x) => pieces(x, 5, undefined)]] },
  '/length': { handlers: [['content', (x) => pieces(x, 5, 3500)]] },
  '/none': { handlers: [['content', () => 204]] },
  '/lost': { handlers: [['content', () => 404]] },
  '/inner': { handlers: [['content', (x) => x.redirect(`/now?inner-${x.args}`)]] },
}

interface Asked {
  readonly method: 'GET' | 'POST' | 'HEAD'
  readonly path: string
  readonly framing: 'none' | 'length' | 'chunked'
  readonly size: number
  readonly pieces: number
}

/** A request as bytes; `number` tells it from the others. */
function write({ method, path, framing, size, pieces: count }: Asked, number: number): string {
  const head = `${method} ${path}?${number} HTTP/1.1\r\nHost: a\r\n`
  const body = bodyOf(framing, size, number)
  if (framing === 'none') return `${head}\r\n`
  if (framing === 'length') return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
  const step = Math.max(1, Math.ceil(body.length / count))
  let chunks = ''
  for (let at = 0; at < body.length; at += step) {
    const chunk = body.slice(at, at + step)
    chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
  }
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`
}

function bodyOf(framing: Asked['framing'], size: number, number: number): string {
  if (framing === 'none') return ''
  // What looks like a request must not become one.
  return `GET /smuggled?${number} HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n`.repeat(size)
}

/** What must come back: status and text. */
function expected({ method, path, framing, size }: Asked, number: number): [number, string] {
  const text = () => {
    switch (path) {
      case '/read':
      case '/late-read':
        return digest(method, Buffer.from(bodyOf(framing, size, number)))
      case '/chunks':
      case '/length':
        return [0, 1, 2, 3, 4].map((i) => `${i}`.repeat(700)).join('')
      case '/inner':
        return `now inner-${number}`
      default:
        return `${path.slice(1)} ${number}`
    }
  }
  if (path === '/none') return [204, '']
  if (path === '/lost') return [404, method === 'HEAD' ? '' : 'page']
  return [200, method === 'HEAD' ? '' : text()]
}

const asked = fc.record({
  method: fc.constantFrom('GET' as const, 'POST' as const, 'HEAD' as const),
  path: fc.constantFrom(...Object.keys(LOCATIONS)),
  framing: fc.constantFrom('none' as const, 'length' as const, 'chunked' as const),
  size: fc.oneof(fc.nat(3), fc.constantFrom(40, 2000)),
  pieces: fc.integer({ min: 1, max: 9 }),
})

async function converse(served: Served, requests: readonly Asked[], cuts: readonly number[]) {
  const wired = requests.map(write).join('')
  const client = await served.client()
  const edges = [...new Set([0, ...cuts.map((cut) => cut % wired.length), wired.length])]
  edges.sort((a, b) => a - b)
  const sending = (async () => {
    for (let i = 1; i < edges.length; i++) {
      await client.send(wired.slice(edges[i - 1], edges[i]))
      await turns(i % 3)
    }
  })()
  const answers: [number, string][] = []
  for (const { method } of requests) {
    const answer = await client.response({ method })
    expect(answer.headers.get('connection')).toBe('keep-alive')
    answers.push([answer.status, answer.status === 404 && answer.text ? 'page' : answer.text])
  }
  await sending
  expect(client.incoming.size).toBe(0)
  client.destroy()
  return answers
}

describe('any conversation over one connection', () => {
  it('has one right answer to each request, in order, however the bytes are cut', async () => {
    const served = serve({ locations: LOCATIONS }, { slots: 8 })
    let total = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(asked, { minLength: 1, maxLength: 12, size: 'max' }),
        fc.array(fc.nat(100_000), { maxLength: 30, size: 'max' }),
        async (requests, cuts) => {
          total += requests.length
          expect(await converse(served, requests, cuts)).toEqual(requests.map(expected))
        },
      ),
      { numRuns: 120 },
    )
    await served.empty()
    expect(served.logged.length).toBeGreaterThanOrEqual(total)
    expect(served.logged.filter(({ line }) => line.includes('smuggled'))).toEqual([])
    expect(served.errors).toEqual([])
  }, 60_000)

  it('may be broken off anywhere without leaving anything behind', async () => {
    const served = serve({ locations: LOCATIONS }, { slots: 64 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(asked, { minLength: 1, maxLength: 5 }),
        fc.nat(100_000),
        fc.nat(6),
        fc.constantFrom('reset' as const, 'destroy' as const, 'halfClose' as const),
        async (requests, cut, wait, leave) => {
          const wired = requests.map(write).join('')
          const client = await served.client()
          void client.send(wired.slice(0, cut % wired.length))
          await turns(wait)
          client[leave]()
          await turns(2)
        },
      ),
      { numRuns: 300 },
    )
    for (let i = 0; i < 100 && served.clients.size > 0; i++) {
      await turns(10)
      served.pass(5000)
    }
    await served.empty()
    const lines = served.logged.map(({ line }) => line)
    expect(lines.filter((line) => line.includes('smuggled'))).toEqual([])
    expect(served.errors.filter((line) => /\[(error|crit|alert|emerg)\]/.test(line))).toEqual([])
  }, 60_000)

  it('of rubbish ends with an answer or without, and the next client is served', async () => {
    const served = serve({ locations: LOCATIONS }, { slots: 64 })
    const token = fc.constantFrom(
      'GET ',
      'POST ',
      'HEAD ',
      '/now',
      '/read',
      '?',
      ' HTTP/1.1',
      ' HTTP/1.0',
      '\r\n',
      '\n',
      '\r',
      '\r\n\r\n',
      'Host: a',
      'Content-Length: 5',
      'Content-Length: 99999999',
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      'Connection: close',
      'Connection: keep-alive',
      ': ',
      '5\r\nhello\r\n',
      '0\r\n\r\n',
      '\0',
      '\xff',
      'x'.repeat(5000),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 30, size: 'max' }), async (tokens) => {
        const client = await served.client()
        await client.send(tokens.join(''))
        await turns(3)
        client.destroy()
      }),
      { numRuns: 600 },
    )
    const client = await served.client()
    const answer = await client.exchange('GET /now?1 HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(answer.text).toBe('now 1')
    client.destroy()
    for (let i = 0; i < 100 && served.clients.size > 0; i++) {
      await turns(10)
      served.pass(5000)
    }
    await served.empty()
    expect(served.errors.filter((line) => /\[(error|crit|alert|emerg)\]/.test(line))).toEqual([])
  }, 60_000)
})
