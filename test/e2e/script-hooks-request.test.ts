import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin, type Recorded } from '../harness/http-origin.ts'
import { chunked, connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const MOVES = `
type Hook = (request: Request, env: unknown, ctx: { upstream: string; next(): Promise<Response>; waitUntil(promise: Promise<unknown>): void }) => unknown
const to = (request: Request, path: string, init: RequestInit = {}) =>
  new Request(new Request(new URL(path, request.url), request), init)

const paths: Record<string, Hook> = {
  '/leave': () => {},
  '/answer': () => new Response('mine', { status: 418 }),
  '/path': (request) => to(request, '/other/place?b=2'),
  '/query': (request) => to(request, '/query?changed=1'),
  '/same': (request) => request,
  '/own': (request) => to(request, '/own/deeper'),
  '/into': (request) => to(request, '/hidden'),
  '/ping': (request) => to(request, '/pong'),
  '/method': (request) => to(request, request.url, { method: 'PUT', body: 'put', headers: { 'x-new': 'n', host: 'made.example', connection: 'x-new', 'transfer-encoding': 'gzip' } }),
  '/bodyless': (request) => new Request(request.url, { headers: request.headers }),
  '/pass': (request) => { const headers = new Headers(request.headers); headers.set('x-seen', 'yes'); headers.delete('x-drop'); return new Request(request, { headers }) },
  '/peek': async (request) => { if ((await request.text()) === 'refuse') return new Response('no', { status: 403 }) },
  '/peek-pass': async (request) => { const text = await request.clone().text(); return new Request(request, { headers: { 'x-length': String(text.length) } }) },
  '/clone': async (request) => { const copy = request.clone(); const { length } = await copy.text(); return new Request(request, { headers: { 'x-length': length + (copy.headers.get('x-new') ?? '') + (request.headers.get('x-old') ?? '') } }) },
  '/behind': (request, env, ctx) => { ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 60_000))) },
  '/behind-body': (request, env, ctx) => { ctx.waitUntil(request.text().then((text) => console.warn('behind', text), (error) => console.warn('behind', error.message))) },
  '/behind-fails': (request, env, ctx) => { ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)).then(() => { for (;;); })) },
  '/upper': async (request) => new Request(request.url, { method: 'POST', body: (await request.text()).toUpperCase() }),
  '/stream': (request) => new Request(request.url, { method: 'POST', duplex: 'half', body: request.body!.pipeThrough(new TransformStream({ transform: (chunk, out) => { out.enqueue(chunk); out.enqueue(new TextEncoder().encode('.')) } })) } as RequestInit),
  '/large': (request) => to(request, '/large', { method: 'POST', body: new ReadableStream({ pull: (out) => out.enqueue(new Uint8Array(65536)) }), duplex: 'half' } as RequestInit),
  '/head': (request) => to(request, '/head', { method: 'GET' }),
  '/to-head': (request) => to(request, '/to-head', { method: 'HEAD' }),
  '/bad-path': (request) => to(request, '/%00'),
  '/bad-host': (request) => to(request, '/bad-host', { headers: { host: 'a b' } }),
  '/throws': () => { throw new Error('oh') },
  '/spins': () => { for (;;); },
  '/number': () => 7,
  '/next': (request, env, ctx) => ctx.next(),
  '/green': (request, env, ctx) => { ctx.upstream = 'green' },
  '/blue-path': (request, env, ctx) => { ctx.upstream = 'blue'; return to(request, '/elsewhere/of-old') },
  '/secret': (request, env, ctx) => { ctx.upstream = 'secret' },
  '/secret-caught': (request, env, ctx) => { try { ctx.upstream = 'secret' } catch (error) { return new Response(String(error)) } },
}
export default {
  request: (request: Request, env: unknown, ctx: any) => paths[new URL(request.url).pathname]?.(request, env, ctx),
}
`
const SEES = `
export default { fetch: async (request: Request) => new Response([request.method, new URL(request.url).pathname, request.headers.get('x-new'), await request.text()].join(' ')) }
`
const PONG = `
export default { request: (request: Request) => new Request(new URL('/ping', request.url), request) }
`
const FETCHES = `
export default { async fetch(request: Request, env: unknown, ctx: any) { ctx.upstream = 'green'; return ctx.next() } }
`

let gateway: Gateway
let port: number
let main: HttpOrigin
let green: HttpOrigin
let blue: HttpOrigin

const tell = (name: string) => (asked: Recorded) => ({
  body: `${name}: ${asked.method} ${asked.target} ${asked.body.toString()}`.trim(),
})

beforeAll(async () => {
  main = await httpOrigin(tell('main'))
  green = await httpOrigin(tell('green'))
  blue = await httpOrigin(tell('blue'))
  gateway = await startGateway({
    files: { 'moves.ts': MOVES, 'sees.ts': SEES, 'pong.ts': PONG, 'fetches.ts': FETCHES },
    yaml: `
worker_processes: 1
http:
  client_max_body_size: 8m
  upstream:
    green: { server: "${green.address}" }
    blue: { server: "${blue.address}" }
    secret: { server: "${blue.address}" }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          script: { file: moves.ts, upstreams: [green, blue] }
          proxy_pass: http://${main.address}
        /other/: { script: sees.ts }
        /pong: { script: pong.ts, return: 200 pong }
        /hidden: { internal: on, return: 200 hidden }
        /open/: { script: { file: moves.ts, on_error: open }, return: 200 open }
        /elsewhere/: { proxy_pass: http://${main.address} }
        /fetches: { script: { file: fetches.ts, upstreams: green }, proxy_pass: http://${main.address} }
`,
    expected: ['script "'],
  })
  port = gateway.port()
}, 60_000)

describe('a request hook', () => {
  test('leaves a request as it is', async () => {
    expect((await get(port, '/leave?a=1')).text).toBe('main: GET /leave?a=1')
    expect((await get(port, '/same?a=1')).text).toBe('main: GET /same?a=1')
  })

  test('answers at once', async () => {
    const answer = await get(port, '/answer')
    expect([answer.status, answer.text]).toEqual([418, 'mine'])
  })

  test('gives another path, whose location then answers what it has become', async () => {
    const { text } = await once(port, request('POST /path', { 'x-new': 'kept' }, 'sent'))
    expect(text).toBe('POST /other/place kept sent')
    expect((await get(port, '/own')).text).toBe('main: GET /own/deeper')
  })

  test('is asked for a host that no URL can have', async () => {
    const odd = request('GET /own', { Host: '1.2.3.4.5' })
    expect((await once(port, odd)).headers.get('gateway-error')).toBe('script_error')
    const plain = request('GET /answer', { Host: '1.2.3.4.5' })
    expect((await once(port, plain)).headers.get('gateway-error')).toBe('script_error')
  })

  test('gives another query, and stays', async () => {
    expect((await get(port, '/query?was=1')).text).toBe('main: GET /query?changed=1')
  })

  test('opens no internal location', async () => {
    expect((await get(port, '/into')).status).toBe(404)
  })

  test('is asked once for a request, so that two cannot send it to and fro', async () => {
    expect((await get(port, '/ping')).text).toBe('main: GET /ping')
  })

  test('gives method, fields and body; framing and connection are not its own', async () => {
    const client = await connect(port)
    const answer = await client.exchange(request('POST /method', { 'x-old': 'o' }, 'old body'))
    expect(answer.text).toBe('main: PUT /method put')
    const asked = main.requests.at(-1)
    expect(asked?.headers.get('x-new')).toBe('n')
    expect(asked?.headers.get('x-old')).toBeUndefined()
    expect(asked?.headers.get('transfer-encoding')).toBeUndefined()
    expect((await client.exchange(GET('/leave'))).text).toBe('main: GET /leave')
  })

  test('drops the client’s body, of which the connection is rid', async () => {
    const client = await connect(port)
    const long = 'x'.repeat(300_000)
    expect((await client.exchange(request('POST /bodyless', {}, long))).text).toBe(
      'main: GET /bodyless',
    )
    expect((await client.exchange(GET('/leave'))).text).toBe('main: GET /leave')
  })

  test('passes a body on that it has not read, however long', async () => {
    const fits = 'y'.repeat(3_000_000)
    expect((await once(port, request('POST /pass', { 'x-drop': '1' }, fits))).text).toBe(
      `main: POST /pass ${fits}`,
    )
    const asked = main.requests.at(-1)
    expect([asked?.headers.get('x-seen'), asked?.headers.get('x-drop')]).toEqual(['yes', undefined])
    const parts = request('POST /pass', { 'transfer-encoding': 'chunked' }, chunked('ab', 'cd'))
    expect((await once(port, parts)).text).toBe('main: POST /pass abcd')
  })

  test('reads a body, and the handler has it all the same', async () => {
    expect((await once(port, request('POST /peek', {}, 'harmless'))).text).toBe(
      'main: POST /peek harmless',
    )
    expect((await once(port, request('POST /peek', {}, 'refuse'))).status).toBe(403)
    const parts = request('POST /peek', { 'transfer-encoding': 'chunked' }, chunked('ab', 'cd'))
    expect((await once(port, parts)).text).toBe('main: POST /peek abcd')
    expect((await once(port, request('POST /peek-pass', {}, 'twice'))).text).toBe(
      'main: POST /peek-pass twice',
    )
    expect(main.requests.at(-1)?.headers.get('x-length')).toBe('5')
  })

  test('reads fields of a request it has cloned', async () => {
    const asked = request('POST /clone', { 'x-new': 'n', 'x-old': 'o' }, 'twice')
    expect((await once(port, asked)).text).toBe('main: POST /clone twice')
    expect(main.requests.at(-1)?.headers.get('x-length')).toBe('5no')
  })

  test('works on behind the request it has let pass', async () => {
    expect((await get(port, '/behind')).text).toBe('main: GET /behind')
    expect((await once(port, request('POST /behind-body', {}, 'sent'))).text).toBe(
      'main: POST /behind-body sent',
    )
    await gateway.logged(/tenant "-": behind /)
    expect((await get(port, '/behind-fails')).text).toBe('main: GET /behind-fails')
    await gateway.logged(/tenant "-": script_cpu/)
  })

  test('gives a body made of the client’s', async () => {
    expect((await once(port, request('POST /upper', {}, 'shout'))).text).toBe(
      'main: POST /upper SHOUT',
    )
    expect((await once(port, request('POST /stream', {}, 'whisper'))).text).toBe(
      'main: POST /stream whisper.',
    )
  })

  test.each([
    ['POST /head', 200],
    ['HEAD /head', 500],
    ['GET /to-head', 500],
    ['GET /bad-path', 500],
    ['GET /bad-host', 500],
    ['GET /large', 503],
    ['GET /number', 500],
    ['GET /throws', 500],
    ['GET /next', 500],
    ['GET /secret', 500],
  ])('%s is answered with %i', async (line, status) => {
    const answer = await once(port, request(line))
    expect(answer.status).toBe(status)
    if (status === 500) expect(answer.headers.get('gateway-error')).toBe('script_error')
  })

  test('is held by its limits', async () => {
    const answer = await get(port, '/spins')
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([503, 'script_cpu'])
  })

  test('that fails where it is open leaves the request as it is', async () => {
    expect((await get(port, '/open/throws')).text).toBe('open')
  })
})

describe('ctx.upstream', () => {
  test('sends a request to another upstream that the configuration names', async () => {
    expect((await get(port, '/green')).text).toBe('green: GET /green')
    expect((await get(port, '/leave')).text).toBe('main: GET /leave')
  })

  test('counts in the location of the script, and in no other', async () => {
    expect((await get(port, '/blue-path')).text).toBe('main: GET /elsewhere/of-old')
  })

  test('is refused for any other, without a word on whether there is such a one', async () => {
    expect((await get(port, '/secret-caught')).text).toBe(
      'TypeError: this upstream is none the script may choose',
    )
  })

  test('counts for what ctx.next asks', async () => {
    expect((await get(port, '/fetches')).text).toBe('green: GET /fetches')
  })

  test('is refused where the location forwards nothing, and no if in it does', async () => {
    const source = `export default { fetch(request: Request, env: unknown, ctx: { upstream: string }) {
      try { ctx.upstream = 'green' } catch (error) { return new Response(String(error)) }
      return new Response('taken')
    } }`
    const script = 'script: { file: chooses.ts, upstreams: green }'
    const own = await startGateway({
      files: { 'chooses.ts': source },
      yaml: `
http:
  upstream: { green: { server: "${green.address}" } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { ${script} }
        /forwards/: { ${script}, proxy_pass: 'http://green' }
        /sometimes/: { ${script}, if: { ($arg_p): { proxy_pass: 'http://green' } } }
`,
    })
    expect((await get(own.port(), '/')).text).toBe(
      'TypeError: this location forwards nothing: no upstream is asked',
    )
    expect((await get(own.port(), '/forwards/')).text).toBe('taken')
    expect((await get(own.port(), '/sometimes/')).text).toBe('taken')
  })

  test('may name only what there is', async () => {
    const workspace = new Workspace('script')
    workspace.write('a.ts', MOVES)
    workspace.write(
      'gateway.yaml',
      'http: { server: [{ listen: 127.0.0.1:1, location: { /: { script: { file: a.ts, upstreams: "no such" } } } }] }',
    )
    const { code, stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/script: .*no such/)])
  })
})
