import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { type NameServer, nameServer } from '../harness/name-server.ts'
import { type Origin, origin } from '../harness/origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const FETCHER = `
const told = (error: any) => new Response(error.name + ': ' + error.message, { status: 599 })
const paths: Record<string, (request: Request, to: string) => Promise<Response>> = {
  '/get': (request, to) => fetch(to).catch(told),
  '/manual': async (request, to) => { const answer = await fetch(to, { redirect: 'manual' }); return Response.json([answer.status, answer.headers.get('location'), answer.redirected]) },
  '/where': async (request, to) => { const answer = await fetch(to).catch(told); return Response.json([answer.status, answer.url, answer.redirected]) },
  '/error': (request, to) => fetch(to, { redirect: 'error' }).catch(told),
  '/post': (request, to) => fetch(to, { method: 'POST', body: request.body, headers: { authorization: 'secret', 'x-a': '1' } }).catch(told),
  '/timeout': (request, to) => fetch(to, { signal: AbortSignal.timeout(5) }).catch(told),
  '/behind': async (request, to) => { (globalThis as any).ctx.waitUntil(fetch(to).then((answer) => answer.text())); return new Response('answered') },
  '/parallel': async (request, to) => { const all = await Promise.all([1, 2, 3].map(async (n) => (await fetch(to + n)).text())); return new Response(all.join()) },
  '/unused': async (request, to) => { await fetch(to); return new Response('not read') },
}
export default { async fetch(request: Request, env: unknown, ctx: unknown) {
  (globalThis as any).ctx = ctx
  const { pathname, search } = new URL(request.url)
  return paths[pathname](request, decodeURIComponent(search.slice(1)))
} }
`

let gateway: Gateway
let names: NameServer
let allowed: HttpOrigin
/** What no script may reach. */
let inner: HttpOrigin
/** Never answers, and sees when nobody waits any more. */
let silent: Origin
let waiting = 0
let port: number

const LARGE = 'z'.repeat(300_000)

beforeAll(async () => {
  inner = await httpOrigin(() => ({ body: 'the secrets of the house' }))
  silent = await origin(async (peer) => {
    while (await peer.request()) waiting++
  })
  allowed = await httpOrigin(({ target, method, body, headers }) => {
    const [path, query = ''] = target.split('?')
    if (path === '/to') return { status: 302, headers: [['Location', decodeURIComponent(query)]] }
    if (path === '/gzip')
      return { headers: [['Content-Encoding', 'gzip']], body: gzipSync('plain') }
    if (path === '/large') return { body: LARGE }
    if (path === '/fields')
      return { headers: [['Content-Type', 'text/x-y']], body: `${headers.get('host')}` }
    return { body: `${method} ${target} ${body} ${headers.get('authorization') ?? ''}`.trim() }
  })
  names = await nameServer((name, times) => {
    switch (name) {
      case 'api.test':
      case 'a.wild.test':
      case 'wild.test':
      case 'inner.test':
        return ['127.0.0.1']
      case 'metadata.test':
        return ['169.254.169.254']
      case 'private.test':
        return ['10.0.0.1', '192.168.0.1', '172.16.0.1', '100.64.0.1']
      case 'rebinding.test':
        // Nowhere the first time, and inside of the house when it is asked again.
        return times === 1 ? ['0.0.0.0'] : ['127.0.0.1']
      default:
        return undefined
    }
  })
  const [mine, others] = [allowed.port, inner.port]
  gateway = await startGateway({
    files: { 'fetcher.ts': FETCHER, 'none.ts': FETCHER },
    yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          script:
            file: fetcher.ts
            resolver: ${names.address}
            response_body: 200k
            egress:
              - 127.0.0.1:${mine}
              - 127.0.0.1:${silent.port}
              - api.test:${mine}
              - "*.wild.test:${mine}"
              - inner.test:${others}
              - metadata.test:80
              - private.test:80
              - rebinding.test:${others}
    - listen: 127.0.0.1:%%PORT_1%%
      location: { /: { script: none.ts } }
`,
    expected: ['script "', 'plugin "script" failed: its answer broke off'],
  })
  port = gateway.port()
}, 60_000)

beforeEach(() => {
  allowed.takeRequests()
})

const asked = (path: string, to: string) => get(port, `${path}?${encodeURIComponent(to)}`)
const text = async (path: string, to: string) => (await asked(path, to)).text
const api = (path: string) => `http://api.test:${allowed.port}${path}`

describe('fetch', () => {
  test('reaches what egress names: a host, those below one, an address', async () => {
    expect(await text('/get', api('/a?b'))).toBe('GET /a?b')
    expect(await text('/get', `http://a.wild.test:${allowed.port}/`)).toBe('GET /')
    expect(await text('/get', `http://127.0.0.1:${allowed.port}/`)).toBe('GET /')
    expect(await text('/get', api('/fields'))).toBe(`api.test:${allowed.port}`)
    expect((await asked('/get', api('/fields'))).headers.get('content-type')).toBe('text/x-y')
  })

  test('follows redirects, or leaves them to the script', async () => {
    const to = api(`/to?${encodeURIComponent('/b')}`)
    expect(JSON.parse(await text('/where', to))).toEqual([200, api('/b'), true])
    expect(JSON.parse(await text('/manual', to))).toEqual([302, '/b', false])
    expect(await text('/error', to)).toBe('TypeError: fetch: redirected (fetch_redirect)')
  })

  test('sends bodies as they come, and decodes what it gets', async () => {
    const path = `/post?${encodeURIComponent(api('/p'))}`
    expect((await once(port, request(`POST ${path}`, {}, 'the body'))).text).toBe(
      'POST /p the body secret',
    )
    expect(await text('/get', api('/gzip'))).toBe('plain')
    expect(await text('/parallel', api('/'))).toBe('GET /1,GET /2,GET /3')
  })

  test('does not repeat a body that has gone', async () => {
    const path = `/post?${encodeURIComponent(api(`/to?${encodeURIComponent('/b')}`))}`
    // 302 makes a GET of a POST, and needs none.
    expect((await once(port, request(`POST ${path}`, {}, 'x'))).text).toBe('GET /b  secret')
  })

  test('breaks where an answer is larger than it may be', async () => {
    const client = await connect(port)
    await client.send(GET(`/get?${encodeURIComponent(api('/large'))}`))
    await expect(client.response()).rejects.toThrow()
    await gateway.logged(
      /its answer broke off: fetch: the response body is larger than 204800 bytes/,
    )
    expect(await text('/get', api('/a'))).toBe('GET /a')
  })

  test('ends by a signal, with its run, and when the client goes', async () => {
    const never = `http://127.0.0.1:${silent.port}/`
    const ended = () => until('the connection to end', () => silent.open === 0)
    expect(await text('/timeout', never)).toBe('TimeoutError: this operation took too long')
    await ended()
    const client = await connect(port)
    const before = waiting
    await client.send(GET(`/get?${encodeURIComponent(never)}`))
    await until('the request', () => waiting > before)
    client.destroy()
    await ended()
    expect(await text('/unused', api('/'))).toBe('not read')
  })

  test('goes on behind the answer where the run is held', async () => {
    expect(await text('/behind', api('/behind'))).toBe('answered')
    await until('the request', () => allowed.requests.some(({ target }) => target === '/behind'))
  })
})

describe('fetch is refused', () => {
  const DENIED = 'TypeError: fetch: the host is not allowed (egress_denied)'
  const at = (host: string) => `http://${host}:${inner.port}/`

  test.each([
    ['another port of an address', () => at('127.0.0.1')],
    ['loopback by its name', () => at('localhost')],
    ['loopback of IPv6', () => at('[::1]')],
    ['loopback in IPv6’s clothes', () => at('[::ffff:127.0.0.1]')],
    ['loopback as a number', () => at('2130706433')],
    ['loopback in hexadecimal', () => at('0x7f.1')],
    ['loopback in octal', () => at('0177.0.0.1')],
    ['any address of this machine', () => at('0.0.0.0')],
    ['the metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
    ['the metadata of a cloud by a name', () => 'http://metadata.test/'],
    ['private addresses by a name', () => 'http://private.test/'],
    ['loopback by a name that is allowed', () => at('inner.test')],
    ['the domain of a wildcard itself', () => `http://wild.test:${allowed.port}/`],
    ['a name nobody named', () => 'http://elsewhere.test/'],
    ['a redirect to loopback', () => api(`/to?${encodeURIComponent(at('127.0.0.1'))}`)],
    ['a redirect to a name of loopback', () => api(`/to?${encodeURIComponent(at('inner.test'))}`)],
    [
      'a redirect to the metadata',
      () => api(`/to?${encodeURIComponent('http://169.254.169.254/')}`),
    ],
  ])('%s', async (_, to) => {
    expect(await text('/get', to())).toBe(DENIED)
    expect(inner.accepted).toBe(0)
  })

  test('a name that leads elsewhere when it is asked again', async () => {
    expect(await text('/get', at('rebinding.test'))).toBe(DENIED)
    // One fetch, one question: what was checked is what would have been connected to.
    expect(names.asked.filter((name) => name === 'rebinding.test')).toHaveLength(1)
    expect(await text('/get', at('rebinding.test'))).toBe(DENIED)
    expect(inner.accepted).toBe(0)
  })

  test('and the log says why, for whoever may know', async () => {
    await text('/get', 'http://metadata.test/')
    await gateway.logged(
      /\[info\] .*script "fetcher.ts" .*egress_denied: metadata\.test is at 169\.254\.169\.254/,
    )
  })

  test('anything, where there is no egress', async () => {
    const answer = await get(gateway.port(1), `/get?${encodeURIComponent(api('/'))}`)
    expect(answer.text).toBe(DENIED)
  })

  test('what is not HTTP', async () => {
    expect(await text('/get', 'file:///etc/passwd')).toBe(
      'TypeError: fetch: only http and https can be fetched (fetch_bad_request)',
    )
    expect(await text('/get', `http://user:password@api.test:${allowed.port}/`)).toMatch(
      /credentials/,
    )
  })
})
