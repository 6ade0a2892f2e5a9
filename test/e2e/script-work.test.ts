import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { origin } from '../harness/origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const WORKER = `
const paths: Record<string, (request: Request, env: any, ctx: any) => Response | Promise<Response>> = {
  '/random': () => Response.json([crypto.getRandomValues(new Uint8Array(8)).length, crypto.randomUUID().length]),
  '/digest': async (request) => new Response(new Uint8Array(await crypto.subtle.digest('SHA-256', await request.arrayBuffer())).toString()),
  '/verify': async () => {
    const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    const bytes = new TextEncoder().encode('message')
    return new Response(String(await crypto.subtle.verify('HMAC', key, await crypto.subtle.sign('HMAC', key, bytes), bytes)))
  },
  '/slow-hash': async () => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits'])
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 200_000 }
    return crypto.subtle.deriveBits(algorithm, key, 256).then(() => new Response('derived'), (error) => new Response(error.name + ': ' + error.message))
  },
  '/gzip': (request) => new Response(request.body!.pipeThrough(new CompressionStream('gzip'))),
  '/bomb': async () => {
    const packed = await new Response(new Blob([new Uint8Array(2_000_000)]).stream().pipeThrough(new CompressionStream('gzip'))).bytes()
    const unfolded = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
    return new Response(unfolded).bytes().then((bytes) => new Response(String(bytes.length)), (error) => new Response(error.name + ': ' + error.message))
  },
  '/page': async (request, env) => new HTMLRewriter()
    .on('title', { text(text) { if (text.text) text.replace(text.text.toUpperCase()) } })
    .on('a[href]', { element(element) { element.setAttribute('href', element.getAttribute('href')!.replace('http:', 'https:')) } })
    .on('p', { async element(element) { await null; element.append(' <seen>') } })
    .onDocument({ end(end) { end.append('<!-- end -->', { html: true }) } })
    .transform(await env.PAGES.fetch(request)),
}
export default { fetch: (request: Request, env: unknown, ctx: unknown) => paths[new URL(request.url).pathname](request, env, ctx) }
`
const FILTER = `
export default { response: (response: Response) => new HTMLRewriter().on('p', { element(p) { p.setInnerContent('filtered') } }).transform(response) }
`

let gateway: Gateway
let goOn: () => void
let port: number

beforeAll(async () => {
  const opened = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const pages = await origin(async (peer) => {
    while (await peer.request()) {
      const chunk = (text: string) =>
        peer.send(Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`))
      await peer.send(
        Buffer.from(
          'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n',
        ),
      )
      await chunk('<title>a page</title><p>one</p>')
      await opened
      await chunk('<a href="http://x/">x</a><p>tw')
      await chunk('o</p>')
      await peer.send(Buffer.from('0\r\n\r\n'))
    }
  })
  gateway = await startGateway({
    files: { 'worker.ts': WORKER, 'filter.ts': FILTER, 'files/a.html': '<body><p>a</p></body>' },
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: { file: worker.ts, bindings: { PAGES: "upstream:${pages.address}" } } }
        /files/: { script: filter.ts }
`,
    expected: ['script "'],
  })
  port = gateway.port()
}, 60_000)

describe('crypto', () => {
  test('works in a location', async () => {
    expect(JSON.parse((await get(port, '/random')).text)).toEqual([8, 36])
    const digest = (await once(port, request('POST /digest', {}, 'abc'))).text
    expect(digest.split(',').map(Number).slice(0, 4)).toEqual([0xba, 0x78, 0x16, 0xbf])
    expect((await get(port, '/verify')).text).toBe('true')
  })

  test('is charged to the request before it is done', async () => {
    expect((await get(port, '/slow-hash')).text).toBe(
      "RangeError: more than 50 ms of work for one request, the host's included (host_cpu_limit)",
    )
  })
})

describe('compression', () => {
  test('works in a location, as the body streams by', async () => {
    const answer = await once(port, request('POST /gzip', {}, 'hello '.repeat(10_000)))
    expect(gunzipSync(answer.body).toString()).toBe('hello '.repeat(10_000))
  })

  test('is charged to the request, a bomb for what it unfolds to', async () => {
    // What crosses burns fuel, and what the threads do is spent: whichever ends first.
    expect((await get(port, '/bomb')).text).toMatch(/host_cpu_limit|script_cpu/)
  })
})

describe('HTMLRewriter', () => {
  test('rewrites what a bound upstream answers while it comes', async () => {
    const client = await connect(port)
    await client.send(GET('/page'))
    // The first half is there while the second has not been sent.
    const first = await client.incoming.until('</p>')
    expect(first.toString()).toContain('<title>A PAGE</title><p>one &lt;seen&gt;</p>')
    goOn()
    const rest = await client.incoming.until('<!-- end -->')
    expect(rest.toString()).toContain('<a href="https://x/">x</a>')
    expect(rest.toString()).toContain(' &lt;seen&gt;</p>')
  })

  test('filters what the location answers', async () => {
    expect((await get(port, '/files/a.html')).text).toBe('<body><p>filtered</p></body>')
  })
})
