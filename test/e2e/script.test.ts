import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const SHOP = `
import { shout } from './shout.ts'
import prices from './prices.json'

interface Env { GREETING: string }
let visits = 0
interface Context { waitUntil(promise: Promise<unknown>): void }
const paths: Record<string, (request: Request, env: Env, ctx: Context) => Response | Promise<Response>> = {
  '/hi': (request, env) => new Response(shout(env.GREETING)),
  '/json': (request) => Response.json({ host: request.headers.get('host'), prices }),
  '/echo': async (request) => new Response((await request.text()).toUpperCase()),
  '/later': () => new Promise((resolve) => setTimeout(() => resolve(new Response('later')), 5)),
  '/visits': () => new Response(String(++visits)),
  '/random': () => new Response(String(Math.random())),
  '/log': (request) => { console.warn('one\\ntwo', { a: 1 }); return new Response(Reflect.get(request, 'gateway').requestId) },
  '/throw': () => { throw new TypeError('oh no') },
  '/later-throw': async () => { await null; throw new RangeError('too late') },
  '/spin': () => { for (;;); },
  '/regex': () => new Response(String(/^(a+)+$/.test('a'.repeat(40) + 'b'))),
  '/memory': () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20)) },
  '/deep': () => { const f = (): number => 1 + f(); return new Response(String(f())) },
  '/jobs': () => new Promise((resolve) => { const again = () => { Promise.resolve().then(again) }; again() }),
  '/never': () => new Promise(() => {}),
  '/wait': () => new Promise((resolve) => setTimeout(() => resolve(new Response('done')), 60_000)),
  '/leftover': () => { setTimeout(() => {}, 60_000); return new Response('left') },
  '/behind': (request, env, ctx) => { ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => console.warn('done behind'))); return new Response('answered') },
  '/nothing': () => undefined as never,
  '/status': () => new Response(null, { status: 204, headers: { 'x-a': '1' } }),
  '/cookies': () => { const r = new Response('c'); r.headers.append('set-cookie', 'a=1'); r.headers.append('set-cookie', 'b=2'); return r },
  '/framing': () => new Response('abc', { headers: { 'content-length': '7', 'transfer-encoding': 'chunked', connection: 'close', upgrade: 'x' } }),
}
export default {
  access(request: Request) {
    if (request.headers.has('x-deny')) return new Response('not you', { status: 403 })
  },
  fetch(request: Request, env: Env, ctx: Context) {
    return paths[new URL(request.url).pathname](request, env, ctx)
  },
}
`
const SHOUT = 'export const shout = (text: string): string => `${text.toUpperCase()}!`\n'
const ASIDE = `
export default { fetch: () => new Response('aside') }
`

let gateway: Gateway
let port: number

beforeAll(async () => {
  gateway = await startGateway({
    files: {
      'shop.ts': SHOP,
      'shout.ts': SHOUT,
      'prices.json': '{"tea": 3}',
      'aside.ts': ASIDE,
      'index.html': 'the page',
      'failing.ts': "export default { fetch: () => { throw new Error('never') } }",
      'spin.ts': 'export default { fetch: () => { for (;;); } }',
      'waits.ts': 'export default { fetch: () => new Promise(() => setTimeout(() => {}, 60_000)) }',
    },
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%"
  log_format: "used '$uri $status $script_error $script_fuel'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        /: { script: { file: shop.ts, tenant: acme, wall: 2s, jobs: 1000, env: { GREETING: good morning } } }
        /aside: { script: aside.ts }
        /reuse/: { script: { file: shop.ts, state: reuse } }
        = /index.html: { script: { file: failing.ts, on_error: open } }
        /spin-only: { script: { file: spin.ts, cpu: 1ms } }
        /waits: { script: { file: waits.ts, concurrency: 2, wall: 60s } }
        /pretty: { script: failing.ts, error_page: 500 /aside }
`,
    expected: ['script "'],
  })
  port = gateway.port()
}, 60_000)

async function problem(path: string): Promise<[status: number, code: string | undefined]> {
  const answer = await get(port, path)
  const code = answer.headers.get('gateway-error')
  if (answer.headers.get('content-type') === 'application/problem+json') {
    expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status, code })
  }
  return [answer.status, code]
}

describe('a script', () => {
  test('answers, with what it imports and what its env holds', async () => {
    const answer = await get(port, '/hi')
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('GOOD MORNING!')
    expect(answer.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
  })

  test('sees the request, and answers with JSON', async () => {
    const { text } = await get(port, '/json')
    expect(JSON.parse(text)).toEqual({ host: 'localhost', prices: { tea: 3 } })
  })

  test('reads the body of a request', async () => {
    const { text } = await once(port, request('POST /echo', {}, 'abc def'))
    expect(text).toBe('ABC DEF')
  })

  test('may answer later', async () => {
    expect((await get(port, '/later')).text).toBe('later')
  })

  test('is not waited for by what it leaves behind, and works on behind its answer', async () => {
    for (let i = 0; i < 3; i++) expect((await get(port, '/leftover')).text).toBe('left')
    expect((await get(port, '/behind')).text).toBe('answered')
    await gateway.logged(/\[warn\] .*script "shop.ts" of tenant "acme": done behind/)
  })

  test('refuses in its access hook', async () => {
    const client = await connect(port)
    const answer = await client.exchange(GET('/hi', { 'x-deny': '1' }))
    expect([answer.status, answer.text]).toEqual([403, 'not you'])
  })

  test('begins each request anew, unless it may keep what it has', async () => {
    expect((await get(port, '/visits')).text).toBe('1')
    expect((await get(port, '/visits')).text).toBe('1')
  })

  test('has other random numbers each time', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => get(port, '/random')))
    expect(new Set(all.map(({ text }) => text)).size).toBe(5)
  })

  test('answers without a body, and with several fields of a name', async () => {
    const empty = await get(port, '/status')
    expect([empty.status, empty.headers.get('x-a'), empty.text]).toEqual([204, '1', ''])
    expect((await get(port, '/cookies')).headers.all('set-cookie')).toEqual(['a=1', 'b=2'])
  })

  test('has no say in the framing of its answer', async () => {
    const client = await connect(port)
    const answer = await client.exchange(GET('/framing'))
    expect(answer.text).toBe('abc')
    expect(answer.headers.get('connection')).not.toBe('close')
    expect((await client.exchange(GET('/hi'))).text).toBe('GOOD MORNING!')
  })
})

describe('a script that fails', () => {
  test.each([
    ['/throw', 500, 'script_error'],
    ['/later-throw', 500, 'script_error'],
    ['/nothing', 500, 'script_error'],
    ['/never', 500, 'script_no_answer'],
    ['/wait', 503, 'script_wall'],
  ])('%s is answered with %i, %s', async (path, status, code) => {
    expect(await problem(path)).toEqual([status, code])
    expect((await get(port, '/hi')).text).toBe('GOOD MORNING!')
  })

  test.each([
    ['/spin', 'script_cpu'],
    ['/regex', 'script_cpu'],
    ['/memory', 'script_memory'],
    ['/deep', 'script_stack'],
    ['/jobs', 'script_jobs'],
  ])('%s is held by its limit, %s', async (path, code) => {
    expect(await problem(path)).toEqual([503, code])
    expect((await get(port, '/hi')).text).toBe('GOOD MORNING!')
    expect((await get(port, '/aside')).text).toBe('aside')
  })

  test('is told in the log, by tenant and by the line of its source', async () => {
    await get(port, '/throw')
    await gateway.logged(
      /\[error\] .*script "shop.ts" of tenant "acme": script_error .* TypeError: oh no .*shop\.ts:16:/,
    )
  })

  test('cannot forge lines of the log, which name tenant and request', async () => {
    const id = (await get(port, '/log')).text
    const line = String.raw`\[warn\] .*script "shop.ts" of tenant "acme": one\\x0Atwo.*, id: ${id}, client:`
    await gateway.logged(new RegExp(line))
  })

  test('leaves the request to the location’s handler where it is open', async () => {
    expect((await get(port, '/index.html')).text).toBe('the page')
  })

  test('has the error_page of its location', async () => {
    const answer = await get(port, '/pretty')
    expect([answer.status, answer.text]).toEqual([500, 'aside'])
  })

  test('is suspended after three limits in a row', async () => {
    const codes: (string | undefined)[] = []
    for (let i = 0; i < 5; i++) codes.push((await problem('/spin-only'))[1])
    expect(codes).toEqual([
      ...['script_cpu', 'script_cpu', 'script_cpu'],
      ...['script_suspended', 'script_suspended'],
    ])
    await gateway.logged(/script "spin.ts" of tenant "-": suspended/)
  })

  test('has only so many requests at a time', async () => {
    const waiting = [await connect(port), await connect(port)]
    for (const client of waiting) await client.send(GET('/waits'))
    let answer: Awaited<ReturnType<typeof get>> | undefined
    await until('the third to be refused', async () => {
      answer = await get(port, '/waits')
      return answer.status === 429
    })
    expect(answer?.headers.get('retry-after')).toBe('1')
    for (const client of waiting) client.destroy()
  })

  test('is told in the access log, with the fuel it burnt', async () => {
    await get(port, '/hi')
    await get(port, '/hi')
    await get(port, '/throw')
    const lines = () => gateway.accessLog('used.log').split('\n')
    await until('the lines', () => lines().some((line) => line.startsWith('/throw 500')))
    const fuels = lines().flatMap((line) => /^\/hi 200 - (\d+)$/.exec(line)?.[1] ?? [])
    // The same work is the same fuel.
    expect(new Set(fuels).size).toBe(1)
    expect(Number(fuels[0])).toBeGreaterThan(100)
    expect(lines().find((line) => line.startsWith('/throw'))).toMatch(
      /^\/throw 500 script_error \d+$/,
    )
  })
})

describe('a configuration', () => {
  async function refused(script: string, files: Readonly<Record<string, string>>): Promise<string> {
    const workspace = new Workspace('script')
    for (const [name, content] of Object.entries(files)) workspace.write(name, content)
    workspace.write(
      'gateway.yaml',
      `http: { server: [{ listen: 127.0.0.1:1, location: { /: { script: ${script} } } }] }`,
    )
    const { code, stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
    expect(code).toBe(1)
    return stderr
  }

  test('is refused where a script is missing, broken, or asks for what is not there', async () => {
    expect(await refused('none.ts', {})).toMatch(/gateway\.yaml:1:\d+: script: .*none\.ts/)
    const broken = await refused('a.ts', { 'a.ts': 'export default {\n  fetch( }\n' })
    expect(broken).toMatch(/a\.ts:2:10/)
    const node = await refused('a.ts', {
      'a.ts':
        "import { readFileSync } from 'node:fs'\nexport default { fetch: () => new Response(readFileSync('/etc/passwd', 'utf8')) }",
    })
    expect(node).toMatch(/a\.ts:1:\d+.*node:fs/)
  })

  test('is refused where a script fails while it is loaded, with its line', async () => {
    const text = await refused('a.ts', {
      'a.ts': 'const x: any = null\nexport default { fetch: x.y }',
    })
    expect(text).toMatch(/TypeError/)
    expect(text).toMatch(/a\.ts:2:/)
    const spins = await refused('a.ts', { 'a.ts': 'for (;;);\nexport default {}' })
    expect(spins).toMatch(/cpu/)
    expect(await refused('a.ts', { 'a.ts': 'export default 7' })).toMatch(/script: /)
  })

  test('names what is wrong with an option', async () => {
    const files = { 'a.ts': ASIDE }
    expect(await refused('{ file: a.ts, cpu: soon }', files)).toMatch(/soon/)
    expect(await refused('{ file: a.ts, colour: red }', files)).toMatch(/unknown option "colour"/)
    expect(await refused('{ tenant: a }', files)).toMatch(/names no file/)
    expect(await refused('{ file: a.ts, tenant: "a b" }', files)).toMatch(/is no tenant/)
  })
})

describe('ctx.next', () => {
  const WRAP = `
export default {
  async fetch(request: Request, env: unknown, ctx: { next(request?: Request): Promise<Response> }) {
    const { pathname } = new URL(request.url)
    if (pathname === '/w/ignored') { await ctx.next(); return new Response('mine') }
    if (pathname === '/w/post') {
      return ctx.next(new Request('http://x/other?a=b', { method: 'POST', body: 'made', headers: { 'x-new': '1' } }))
    }
    const inner = await ctx.next()
    if (pathname === '/w/as-it-is') return inner
    const text = await inner.text()
    return new Response('<' + text + '>', { status: inner.status, headers: { 'x-inner': inner.headers.get('x-origin') ?? '' } })
  },
}
`
  let own: Gateway
  let backend: HttpOrigin

  beforeAll(async () => {
    backend = await httpOrigin(({ method, target, body }) => ({
      status: target.includes('missing') ? 404 : 200,
      headers: [['X-Origin', 'here']],
      body: `${method} ${target} ${body.toString()}`.trim(),
    }))
    own = await startGateway({
      files: { 'wrap.ts': WRAP, 'page.html': 'page' },
      yaml: `
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      add_header: X-Filter $upstream_status always
      location:
        /w/: { script: wrap.ts, proxy_pass: http://${backend.address} }
        /page.html: { script: wrap.ts }
`,
      expected: ['script "'],
    })
  }, 60_000)

  test('gives what the handler answers, once through the filters', async () => {
    const answer = await get(own.port(), '/w/a')
    expect([answer.status, answer.text]).toEqual([200, '<GET /w/a>'])
    expect(answer.headers.get('x-inner')).toBe('here')
    expect(answer.headers.all('x-filter')).toEqual(['200'])
    expect((await get(own.port(), '/w/missing')).status).toBe(404)
    expect((await get(own.port(), '/page.html')).text).toBe('<page>')
  })

  test('passes on as it is', async () => {
    const answer = await get(own.port(), '/w/as-it-is')
    expect([answer.text, answer.headers.get('x-origin')]).toEqual(['GET /w/as-it-is', 'here'])
  })

  test('asks with another request', async () => {
    expect((await get(own.port(), '/w/post')).text).toBe('POST /other?a=b made')
    expect(backend.requests.at(-1)?.headers.get('x-new')).toBe('1')
  })

  test('gives the body of the client on, unless the script has read it', async () => {
    const { text } = await once(own.port(), request('POST /w/b', {}, 'sent'))
    expect(text).toBe('<POST /w/b sent>')
  })

  test('leaves no connection behind where its answer is ignored', async () => {
    for (let i = 0; i < 5; i++) expect((await get(own.port(), '/w/ignored')).text).toBe('mine')
    await own.stop()
  })
})

test('a response hook changes what the location answers', async () => {
  const own = await startGateway({
    files: {
      'page.html': `the page ${'x'.repeat(200_000)}`,
      'edit.ts': `
export default {
  async response(response: Response, request: Request) {
    const { pathname, search } = new URL(request.url)
    if (search === '?keep') return
    if (search === '?throw') throw new Error('no')
    if (search === '?head') return new Response(response.body, { status: 203, headers: { 'x-was': response.headers.get('content-type') ?? '' } })
    if (search === '?drop') return new Response('mine')
    const text = await response.text()
    return new Response(text.toUpperCase().slice(0, 8), response)
  },
}
`,
    },
    yaml: `
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: edit.ts }
`,
    expected: ['script "', 'is not found', /No such file/],
  })
  const ask = (target: string) => get(own.port(), target)
  expect((await ask('/page.html')).text).toBe('THE PAGE')
  expect((await ask('/page.html?drop')).text).toBe('mine')
  expect((await ask('/page.html?keep')).text).toHaveLength(200_009)
  const changed = await ask('/page.html?head')
  expect([changed.status, changed.headers.get('x-was')]).toEqual([203, 'text/html'])
  expect(changed.text).toHaveLength(200_009)
  const failed = await ask('/page.html?throw')
  expect([failed.status, failed.headers.get('gateway-error')]).toEqual([500, 'script_error'])
  expect((await ask('/missing')).status).toBe(404)
  await own.stop()
})

test('a script is asked in an `if` of its location, too', async () => {
  const own = await startGateway({
    files: {
      'deny.ts': `
export default {
  access(request: Request) { if (!request.headers.has('x-key')) return new Response('no key', { status: 403 }) },
}
`,
      'page.html': 'the page',
    },
    yaml: `
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          script: deny.ts
          if: { ($http_x_odd): { add_header: X-Odd yes } }
          location: { /inner/: { return: 200 inner } }
`,
  })
  const odd = { 'x-odd': '1' }
  expect((await get(own.port(), '/page.html')).status).toBe(403)
  expect((await get(own.port(), '/page.html', odd)).text).toBe('no key')
  const answer = await get(own.port(), '/page.html', { ...odd, 'x-key': 'k' })
  expect([answer.text, answer.headers.get('x-odd')]).toEqual(['the page', 'yes'])
  // A location inside is one of its own.
  expect((await get(own.port(), '/inner/')).text).toBe('inner')
})

test('a script wraps nothing of other locations, and a reload takes it up anew', async () => {
  const backend = await httpOrigin()
  const own = await startGateway({
    files: { 'a.ts': "export default { fetch: () => new Response('old') }" },
    yaml: `
worker_processes: 2
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: a.ts }
        /p: { proxy_pass: http://${backend.address} }
`,
  })
  expect((await get(own.port(), '/p')).text).toBe('/p')
  expect((await get(own.port(), '/')).text).toBe('old')
  own.workspace.write('a.ts', "export default { fetch: () => new Response('new') }")
  // A worker that is replaced serves what its master has read.
  const [victim] = own.workers()
  process.kill(victim as number, 'SIGKILL')
  own.expect(/exited on signal 9/)
  await until('another worker', () => {
    const workers = own.workers()
    return workers.length === 2 && !workers.includes(victim as number)
  })
  for (let i = 0; i < 8; i++) expect((await get(own.port(), '/')).text).toBe('old')
  await own.reload()
  expect((await get(own.port(), '/')).text).toBe('new')
})
