import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin, type Recorded } from '../harness/http-origin.ts'
import { type Origin, type OriginPeer, origin } from '../harness/origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const SHOP = `
interface Env { [name: string]: { fetch(input: Request | string, init?: RequestInit): Promise<Response> } }
interface Context { waitUntil(promise: Promise<unknown>): void; next(): Promise<Response> }
type Path = (request: Request, env: Env, ctx: Context) => Promise<Response>
const paths: Record<string, Path> = {
  '/pass': (request, env) => env.API.fetch(request),
  '/url': (request, env) => env.API.fetch('http://shop.example/a/../b%20c?d=1', { headers: { 'x-a': '1', connection: 'close', 'transfer-encoding': 'chunked' } }),
  '/text': async (request, env) => new Response((await (await env.API.fetch('http://h/text')).text()).toUpperCase()),
  '/post': async (request, env) => env.API.fetch('http://h/post', { method: 'POST', body: await request.text() + '!' }),
  '/empty-post': (request, env) => env.API.fetch('http://h/post', { method: 'POST' }),
  '/stream': (request, env) => env.API.fetch('http://h/stream', { method: 'POST', body: request.body.pipeThrough(new TransformStream()) }),
  '/gzip': async (request, env) => { const answer = await env.API.fetch('http://h/gzip'); return new Response(await answer.text() + answer.headers.get('content-encoding')) },
  '/both': async (request, env) => {
    const [a, b] = await Promise.all([env.API.fetch('http://h/a'), env.API.fetch('http://h/b')])
    return new Response(await a.text() + await b.text())
  },
  '/head': async (request, env) => { const answer = await env.API.fetch('http://h/head', { method: 'HEAD' }); return Response.json([answer.status, answer.headers.get('content-length'), await answer.text()]) },
  '/fields': async (request, env) => { const { status, statusText, headers, url } = await env.API.fetch('http://h/fields'); return Response.json([status, statusText, [...headers].filter(([name]) => name !== 'date'), url]) },
  '/dead': (request, env) => env.DEAD.fetch('http://h/').catch((error) => new Response(error.name + ': ' + error.message)),
  '/dead-uncaught': (request, env) => env.DEAD.fetch('http://h/?key=' + env.TOKEN),
  '/many': async (request, env) => { let made = 0; try { for (;;) { await (await env.API.fetch('http://h/')).text(); made++ } } catch (error) { return new Response(made + ' ' + error.name + ' ' + error.message) } },
  '/too-many': async (request, env) => { for (;;) await (await env.API.fetch('http://h/')).text() },
  '/mixed': async (request, env, ctx) => { await ctx.next(); await ctx.next(); await env.AUTH.fetch('http://a/twice'); for (let i = 0; ; i++) try { await env.API.fetch('http://h/') } catch { return new Response(String(i)) } },
  '/call': async (request, env) => env.AUTH.fetch(new Request('http://auth/who', { headers: { authorization: request.headers.get('authorization') ?? 'none' } })),
  '/call-post': async (request, env) => env.AUTH.fetch('http://auth/echo', { method: 'PUT', body: request.body }),
  '/call-fails': (request, env) => env.AUTH.fetch('http://auth/fail').catch((error) => new Response(error.name + ': ' + error.message)),
  '/call-spins': (request, env) => env.AUTH.fetch('http://auth/spin').catch((error) => new Response(error.name + ': ' + error.message)),
  '/call-burns': async (request, env) => { for (let i = 1; ; i++) try { await env.AUTH.fetch('http://auth/burn') } catch (error) { return new Response(i + ' ' + error.message) } },
  '/call-next': (request, env) => env.AUTH.fetch('http://auth/next').catch((error) => new Response(error.name + ': ' + error.message)),
  '/deep': (request, env) => env.AUTH.fetch('http://auth/deep?0'),
  '/abort': async (request, env) => {
    const controller = new AbortController()
    const answer = env.SLOW.fetch('http://h/', { signal: controller.signal })
    setTimeout(() => controller.abort(new RangeError('enough')), 0)
    return answer.catch((error) => new Response(error.message))
  },
  '/abort-body': async (request, env) => {
    const controller = new AbortController()
    const answer = await env.SLOW.fetch('http://h/endless', { signal: controller.signal })
    const reader = answer.body.getReader()
    await reader.read()
    controller.abort()
    return new Response(await reader.read().catch((error) => error.name))
  },
  '/slow': (request, env) => env.SLOW.fetch('http://h/slow'),
  '/held': async (request, env, ctx) => { ctx.waitUntil(new Promise((done) => setTimeout(done, 60_000))); return env.SLOW.fetch('http://h/endless') },
  '/pass-large': (request, env) => env.SLOW.fetch(request),
  '/leave': async (request, env) => { void env.SLOW.fetch('http://h/left').catch(() => {}); return new Response('left') },
  '/behind': async (request, env, ctx) => { ctx.waitUntil(env.API.fetch('http://h/behind').then((answer) => answer.text())); return new Response('answered') },
  '/large': async (request, env) => { const answer = await env.API.fetch('http://h/large'); return new Response(await answer.text().catch((error) => error.name + ': ' + error.message)) },
  '/env': async (request, env) => Response.json(Object.keys(env).sort()),
}
export default {
  async access(request: Request, env: Env) { if (request.headers.has('x-access')) await (await env.API.fetch('http://h/access')).text() },
  fetch: (request: Request, env: Env, ctx: Context) => paths[new URL(request.url).pathname](request, env, ctx),
}
`

const AUTH = `
export default {
  async fetch(request: Request, env: any, ctx: any) {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/who') return Response.json([request.url, request.method, request.headers.get('authorization'), request.headers.get('host'), (request as any).gateway.clientAddress, (request as any).gateway.tenant, env.TOKEN], { status: 207, headers: { 'x-auth': 'yes' } })
    if (pathname === '/echo') return new Response(request.body)
    if (pathname === '/fail') throw new TypeError('auth failed')
    if (pathname === '/spin') for (;;);
    if (pathname === '/burn') { for (let i = 0; i < 60_000; i++) Math.sqrt(i); return new Response('burnt') }
    if (pathname === '/next') return ctx.next()
    if (pathname === '/twice') { await env.API.fetch('http://h/'); return env.API.fetch('http://h/') }
    const depth = Number(search.slice(1))
    try { return await env.AUTH.fetch('http://auth/deep?' + (depth + 1)) }
    catch (error) { return new Response(depth + ' ' + (error as Error).message) }
  },
}
`

let gateway: Gateway
let waiting = 0
let api: HttpOrigin
let slow: Origin
let port: number

const BEGUN = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n'
/** How many pieces a large answer has, and how many of them have left the peer. */
const PIECES = 400
let poured = 0
const PIECE = 'x'.repeat(65_536)
async function pourLarge(peer: OriginPeer): Promise<void> {
  await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${PIECES * PIECE.length}\r\n\r\n`)
  for (poured = 0; poured < PIECES; poured++) await peer.send(PIECE)
}

function respond({ body, target }: Recorded) {
  switch (target) {
    case '/fields':
      return {
        status: 218,
        headers: [
          ['X-A', '1'],
          ['Set-Cookie', 'a'],
          ['Set-Cookie', 'b'],
          ['X-Accel-Redirect', '/x'],
        ] as const,
      }
    case '/post':
    case '/stream':
      return { body: `got ${body}` }
    case '/gzip':
      return { headers: [['Content-Encoding', 'gzip']] as const, body: gzipSync('packed ') }
    case '/large':
      return { chunks: Array.from({ length: 5 }, () => PIECE) }
    default:
      return { body: `answer to ${target}` }
  }
}

beforeAll(async () => {
  api = await httpOrigin(respond)
  // It never answers, and sees when nobody waits any more.
  slow = await origin(async (peer) => {
    for (let asked = await peer.request(); asked; asked = await peer.request()) {
      waiting++
      if (asked.target === '/endless') await peer.send(BEGUN)
      if (asked.target === '/pass-large') await pourLarge(peer)
    }
  })
  gateway = await startGateway({
    files: { 'shop.ts': SHOP, 'auth.ts': AUTH, 'index.html': 'the page' },
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%"
  log_format: "used '$uri $script_fuel'"
  upstream: { api: { server: ${api.address}, keepalive: 4 } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        /:
          root: "%%DIR%%"
          script:
            file: shop.ts
            tenant: acme
            secrets: { TOKEN: env:SHOP_TOKEN }
            response_body: 200k
            bindings: { API: upstream:api, SLOW: "upstream:${slow.address}", DEAD: "upstream:127.0.0.1:1", AUTH: script:./auth.ts }
        /held: { script: { file: shop.ts, wall: 200ms, bindings: { SLOW: "upstream:${slow.address}" } } }
        /pass-large:
          script: { file: shop.ts, response_body: 64m, bindings: { SLOW: "upstream:${slow.address}" } }
`,
    env: { SHOP_TOKEN: 'the-secret-token' },
    expected: [
      'script "',
      'plugin "script" failed: its answer broke off',
      'connect() failed',
      'open() "',
    ],
  })
  port = gateway.port()
}, 60_000)

beforeEach(() => {
  api.takeRequests()
})

const text = async (path: string, headers?: Record<string, string>) =>
  (await get(port, path, headers)).text

describe('a bound upstream', () => {
  test('is asked with the client’s request as it is', async () => {
    const answer = await once(
      port,
      request('POST /pass?a=1', { 'X-B': '2', Host: 'shop.example' }, 'the body'),
    )
    expect([answer.status, answer.text]).toEqual([200, 'answer to /pass?a=1'])
    const [asked] = api.takeRequests()
    expect([asked?.method, asked?.target, `${asked?.body}`]).toEqual([
      'POST',
      '/pass?a=1',
      'the body',
    ])
    expect(['host', 'x-b'].map((name) => asked?.headers.get(name))).toEqual(['shop.example', '2'])
  })

  test('is told the URL’s host, and no field of the connection', async () => {
    await text('/url')
    const [asked] = api.takeRequests()
    expect(asked?.target).toBe('/b%20c?d=1')
    const named = ['host', 'x-a', 'connection', 'transfer-encoding'].map((name) =>
      asked?.headers.get(name),
    )
    expect(named).toEqual(['shop.example', '1', undefined, undefined])
  })

  test('answers what the script makes something of', async () => {
    expect(await text('/text')).toBe('ANSWER TO /TEXT')
    expect(await text('/gzip')).toBe('packed null')
    expect(await text('/both')).toBe('answer to /aanswer to /b')
    expect(JSON.parse(await text('/head'))).toEqual([200, '15', ''])
  })

  test('gives its status and fields, none of which is told to the gateway', async () => {
    const fields = [
      ...[
        ['content-length', '0'],
        ['set-cookie', 'a'],
        ['set-cookie', 'b'],
        ['x-a', '1'],
      ],
      ['x-accel-redirect', '/x'],
    ]
    expect(JSON.parse(await text('/fields'))).toEqual([218, 'Answer', fields, 'http://h/fields'])
  })

  test('is sent bodies: whole, none, and as they come', async () => {
    expect((await once(port, request('POST /post', {}, 'abc'))).text).toBe('got abc!')
    expect((await once(port, request('POST /stream', {}, 'a stream'))).text).toBe('got a stream')
    expect(await text('/empty-post')).toBe('got ')
    const asked = api.takeRequests()
    expect(asked.map(({ headers }) => headers.get('content-length'))).toEqual(['4', undefined, '0'])
  })

  test('keeps its connections', async () => {
    for (let i = 0; i < 3; i++) await text('/text')
    expect(new Set(api.takeRequests().map(({ connection }) => connection)).size).toBe(1)
  })

  test('that cannot be reached is an error the script can catch', async () => {
    expect(await text('/dead')).toBe('TypeError: fetch: no answer (fetch_failed)')
    const answer = await get(port, '/dead-uncaught')
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([500, 'script_error'])
    await gateway.logged(
      /connect\(\) failed .*upstream: "http:\/\/127\.0\.0\.1:1\/\?key=\[secret TOKEN\]"/,
    )
    expect(gateway.errorLog()).not.toContain('the-secret-token')
  })

  test('is not read further than the limit of bodies', async () => {
    expect(await text('/large')).toBe(
      'RangeError: fetch: the response body is larger than 204800 bytes (fetch_body_limit)',
    )
  })
})

describe('an answer that is passed on', () => {
  test('is read from its peer as fast as the client takes it', async () => {
    const client = await connect(port)
    client.socket.pause()
    await client.send(GET('/pass-large'))
    // Until every buffer on the way is full.
    let before = -1
    await until('the peer to be kept waiting', () => {
      const stands = poured > 0 && poured === before
      before = poured
      return stands
    })
    expect(poured).toBeLessThan(PIECES)
    client.socket.resume()
    const answer = await client.response()
    expect(answer.body.length).toBe(PIECES * PIECE.length)
    expect(poured).toBe(PIECES)
  })
})

describe('subrequests', () => {
  test('are 50 a request, and the script is told which was one too many', async () => {
    expect(await text('/many')).toBe('50 RangeError more than 50 subrequests (subrequests_limit)')
    expect(api.takeRequests()).toHaveLength(50)
  })

  test('are those of all hooks of the request', async () => {
    expect(await text('/many', { 'X-Access': '1' })).toMatch(/^49 RangeError/)
  })

  test('that nobody catches have a code of their own', async () => {
    const answer = await get(port, '/too-many')
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([
      503,
      'script_subrequests',
    ])
    expect(await text('/text')).toBe('ANSWER TO /TEXT')
  })

  test('are those of the location’s handler and of scripts that are called, too', async () => {
    // Two of the handler, the call and two of the called one.
    expect(await text('/mixed')).toBe('45')
  })
})

describe('a bound script', () => {
  test('answers in its own run, with the same env and what the gateway knows', async () => {
    const answer = await get(port, '/call', { Authorization: 'Basic x' })
    expect([answer.status, answer.headers.get('x-auth')]).toEqual([207, 'yes'])
    expect(JSON.parse(answer.text)).toEqual([
      ...['http://auth/who', 'GET', 'Basic x', 'auth', '127.0.0.1', 'acme', 'the-secret-token'],
    ])
  })

  test('reads a body that passes through both', async () => {
    const body = 'y'.repeat(100_000)
    expect((await once(port, request('POST /call-post', {}, body))).text).toBe(body)
  })

  test('that fails is an error its caller can catch, and told in the log', async () => {
    expect(await text('/call-fails')).toBe(
      'Error: fetch: the script that was called failed (script_error)',
    )
    await gateway.logged(
      /script "auth.ts" of tenant "acme": script_error .*TypeError: auth failed .*auth\.ts:7:/,
    )
    expect(await text('/call-spins')).toBe(
      'Error: fetch: the script that was called failed (script_cpu)',
    )
    expect(await text('/call-next')).toBe(
      'Error: fetch: the script that was called failed (script_error)',
    )
  })

  test('burns the time of the request it is called for', async () => {
    // Each burns some milliseconds, and all together have as many as the request, which ends so.
    expect(JSON.parse(await text('/call-burns'))).toMatchObject({ status: 503, code: 'script_cpu' })
    const burnt = () => /\/call-burns (\d+)/.exec(gateway.accessLog('used.log'))?.[1]
    const fuel = await until('the line of the log', burnt)
    expect(Number(fuel) / 250_000).toBeGreaterThan(45)
    expect(Number(fuel) / 250_000).toBeLessThan(75)
  })

  test('may call itself, to a depth', async () => {
    expect(await text('/deep')).toBe(
      '7 more than 8 scripts that call each other (script_depth_limit)',
    )
  })
})

describe('a fetch that nobody wants any more', () => {
  const ended = () => until('the connection to end', () => slow.open === 0)

  test('ends by its signal, before its answer and in it', async () => {
    expect(await text('/abort')).toBe('enough')
    await ended()
    expect(await text('/abort-body')).toBe('AbortError')
    await ended()
  })

  test('ends with its run', async () => {
    expect(await text('/leave')).toBe('left')
    await ended()
  })

  test('ends with its run also where the answer is made of it, if the run has failed', async () => {
    await expect(get(port, '/held')).rejects.toThrow()
    await gateway.logged(/script "shop.ts" .*script_wall/)
    await ended()
  })

  test('ends when the client goes', async () => {
    const client = await connect(port)
    const before = waiting
    await client.send(GET('/slow'))
    await until('the request', () => waiting > before)
    client.destroy()
    await ended()
  })

  test('goes on behind the answer where the run is held', async () => {
    expect(await text('/behind')).toBe('answered')
    await until('the request', () => api.requests.some(({ target }) => target === '/behind'))
  })
})
