import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const WORK = `
const burn = (n: number): number => { let sum = 0; for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0; return sum }
const LONG = 30_000
let visits = 0
const paths: Record<string, (request: Request, ctx: { waitUntil(p: Promise<unknown>): void }) => Response | Promise<Response>> = {
  '/short': () => new Response('short'),
  '/long': (request) => {
    console.warn('before ' + request.headers.get('x-name'))
    const id = Math.random()
    const sum = burn(LONG)
    console.warn('behind ' + request.headers.get('x-name'))
    return new Response(JSON.stringify([sum, id, visits++]))
  },
  '/burn': () => new Response(String(burn(LONG))),
  '/body': async (request) => { const text = await request.text(); burn(LONG); return new Response(text.toUpperCase()) },
  '/streamed': () => {
    burn(LONG)
    let left = 3
    return new Response(new ReadableStream({ pull(c) { burn(LONG); c.enqueue(new TextEncoder().encode('piece ' + left + ' ')); if (--left === 0) c.close() } }))
  },
  '/behind': (request, ctx) => { ctx.waitUntil(new Promise((r) => setTimeout(r, 5)).then(() => { burn(LONG); console.warn('done behind') })); return new Response('answered') },
  '/later': async () => { await new Promise((r) => setTimeout(r, 5)); burn(LONG); return new Response('later') },
  '/spin': () => { for (;;); },
  '/spin-later': async () => { await new Promise((r) => setTimeout(r, 1)); for (;;); },
  '/throw': () => { burn(LONG); throw new TypeError('oh no') },
  '/answered-then-spin': async () => { Promise.resolve().then(() => Promise.resolve()).then(() => Promise.resolve()).then(() => { for (;;); }); return new Response('early') },
}
export default {
  fetch(request: Request, env: unknown, ctx: { waitUntil(p: Promise<unknown>): void }) {
    return paths[new URL(request.url).pathname](request, ctx)
  },
}
`

const HOOKS = `
const burn = () => { for (let i = 0, n = 0; i < 12_000; i++) n = (n * 31 + i) | 0 }
export default {
  access(request: Request) { if (request.url.includes('access')) burn() },
  fetch(request: Request) { if (request.url.includes('fetch')) burn(); return new Response('done') },
}
`

describe('a long run', () => {
  let gateway: Gateway
  let port: number

  beforeAll(async () => {
    gateway = await startGateway({
      files: { 'work.ts': WORK, 'hooks.ts': HOOKS },
      yaml: `
worker_processes: 1
http:
  log_format: "used '$uri $status $script_error $script_fuel'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        /: { script: { file: work.ts, tenant: acme, cpu_share: 100% } }
        /shared/: { script: { file: hooks.ts, request_cpu: 3ms } }
        /reuse/: { script: { file: work.ts, state: reuse } }
`,
      expected: ['script "'],
    })
    port = gateway.port()
  }, 60_000)

  test('answers as a short one, and is logged once', async () => {
    const client = await connect(port)
    const ids: number[] = []
    for (const name of ['first', 'second', 'third']) {
      const { status, text } = await client.exchange(GET('/long', { 'x-name': name }))
      const [sum, id, visits] = JSON.parse(text)
      expect([status, Number.isInteger(sum), visits]).toEqual([200, true, 0])
      ids.push(id)
      await gateway.logged(new RegExp(`behind ${name}`))
    }
    expect(new Set(ids).size).toBe(3)
    for (const line of ['before first', 'before second', 'behind third']) {
      expect(gateway.errorLog().split(line)).toHaveLength(2)
    }
  })

  test('burns the same on a thread, whether it began there or was moved', async () => {
    // Eight short runs, and the script begins on the event loop again.
    for (let i = 0; i < 8; i++) expect((await get(port, '/short')).text).toBe('short')
    for (let i = 0; i < 3; i++) await get(port, '/burn')
    for (let i = 0; i < 3; i++) await get(port, '/short')
    const lines = () => gateway.accessLog('used.log').split('\n')
    const fuels = (path: string) => lines().filter((line) => line.startsWith(`${path} 200 `))
    await until('the lines', () => fuels('/short').length >= 11)
    expect(new Set(fuels('/short')).size).toBe(1)
    expect(new Set(fuels('/burn')).size).toBe(1)
  })

  test('shares what a request may use with the other hooks of its script', async () => {
    for (const path of ['/shared/access', '/shared/fetch']) {
      expect((await get(port, path)).text).toBe('done')
    }
    const { status, text } = await get(port, '/shared/access+fetch')
    expect([status, JSON.parse(text).code]).toEqual([503, 'script_cpu'])
  })

  test('reads, streams, waits, and works on behind its answer', async () => {
    const client = await connect(port)
    await client.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde')
    expect((await client.response()).text).toBe('ABCDE')
    expect((await get(port, '/later')).text).toBe('later')
    expect((await get(port, '/streamed')).text).toBe('piece 3 piece 2 piece 1 ')
    expect((await get(port, '/behind')).text).toBe('answered')
    await gateway.logged(/done behind/)
  })

  test.each([
    ['/spin', 503, 'script_cpu'],
    ['/spin-later', 503, 'script_cpu'],
    ['/throw', 500, 'script_error'],
    ['/answered-then-spin', 503, 'script_cpu'],
  ])('ends as any: %s with %i, %s', async (path, status, code) => {
    for (let i = 0; i < 2; i++) {
      const answer = await get(port, path)
      expect([answer.status, answer.headers.get('gateway-error')]).toEqual([status, code])
      expect((await get(port, '/short')).text).toBe('short')
    }
  })

  test('that throws is told with its line', async () => {
    await get(port, '/throw')
    await gateway.logged(/TypeError: oh no .*work\.ts:25:/)
  })

  test('of a client that has gone is nobody’s fault', async () => {
    const client = await connect(port)
    await client.send(GET('/spin'))
    client.destroy()
    for (let i = 0; i < 3; i++) expect((await get(port, '/short')).text).toBe('short')
  })
})

describe('the share of a tenant', () => {
  test('is of all its scripts, and of nobody else', async () => {
    const gateway = await startGateway({
      files: {
        'spin.ts': 'export default { fetch: () => { for (;;); } }',
        'a.ts': "export default { fetch: () => new Response('a') }",
      },
      yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /spin: { script: { file: spin.ts, tenant: noisy, cpu: 200ms, request_cpu: 200ms, cpu_share: 2% } }
        /noisy: { script: { file: a.ts, tenant: noisy } }
        /other: { script: { file: a.ts, tenant: other } }
        /alone: { script: a.ts }
`,
      expected: ['script "'],
    })
    const port = gateway.port()
    const code = async (path: string) => {
      const answer = await get(port, path)
      return [answer.status, answer.headers.get('gateway-error')]
    }
    expect((await get(port, '/noisy')).text).toBe('a')
    expect(await code('/spin')).toEqual([503, 'script_cpu'])
    const refused = await get(port, '/noisy')
    expect([refused.status, refused.headers.get('gateway-error')]).toEqual([
      429,
      'script_cpu_share',
    ])
    // 200 ms at 2% are ten seconds; one was saved.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(5)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThan(10)
    expect(await code('/spin')).toEqual([429, 'script_cpu_share'])
    expect((await get(port, '/other')).text).toBe('a')
    expect((await get(port, '/alone')).text).toBe('a')
  })
})

describe('memory and stack', () => {
  const HUNGRY = `
const all: Uint8Array[] = []
const deep = (n: number): number => n === 0 ? 0 : 1 + deep(n - 1)
export default {
  fetch(request: Request) {
    const { pathname, searchParams } = new URL(request.url)
    const n = Number(searchParams.get('n'))
    if (pathname.endsWith('deep')) return new Response(String(deep(n)))
    for (let i = 0; i < n; i++) all.push(new Uint8Array(1 << 20))
    return new Response(String(all.length))
  },
}
`

  test('are those of the script', async () => {
    const gateway = await startGateway({
      files: { 'hungry.ts': HUNGRY },
      yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /a/: { script: { file: hungry.ts, memory: 16m, cpu: 1s, request_cpu: 1s, cpu_share: 100% } }
        /b/: { script: { file: hungry.ts, memory: 64m, stack: 64k, cpu: 1s, request_cpu: 1s, cpu_share: 100% } }
        /c/: { script: { file: hungry.ts, cpu: 1s, request_cpu: 1s, cpu_share: 100% } }
`,
      expected: ['script "'],
    })
    const ask = async (path: string) => {
      const answer = await get(gateway.port(), path)
      return answer.status === 200 ? answer.text : answer.headers.get('gateway-error')
    }
    const all = ['/a/mb?n=8', '/a/mb?n=14', '/c/mb?n=14', '/c/mb?n=40', '/b/mb?n=40', '/b/mb?n=70']
    const found: unknown[] = []
    for (const path of all) found.push(await ask(path))
    expect(found).toEqual(['8', 'script_memory', '14', 'script_memory', '40', 'script_memory'])
    expect(await ask('/c/deep?n=600')).toBe('600')
    expect(await ask('/b/deep?n=100')).toBe('100')
    expect(await ask('/b/deep?n=600')).toBe('script_stack')
  })

  test('have bounds, and only so many pairs', async () => {
    const refused = async (...scripts: string[]) => {
      const workspace = new Workspace('script-limits')
      workspace.write('a.ts', "export default { fetch: () => new Response('a') }")
      const places = scripts.map((script, i) => `/${i}: { script: { file: a.ts, ${script} } }`)
      workspace.write(
        'gateway.yaml',
        `http: { server: [{ listen: 127.0.0.1:1, location: { ${places.join(', ')} } }] }`,
      )
      const { code, stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
      return `${code} ${stderr}`
    }
    expect(await refused('memory: 8m')).toMatch(/^1 .*must be 16m to 256m/s)
    expect(await refused('memory: 300m')).toMatch(/^1 .*must be 16m to 256m/s)
    expect(await refused('stack: 512k')).toMatch(/^1 .*must be 32k to 256k/s)
    expect(await refused('cpu_share: 0%')).toMatch(/^1 .*is no share/s)
    expect(await refused('cpu_share: 101%')).toMatch(/^1 .*is no share/s)
    expect(await refused('cpu_share: much')).toMatch(/^1 .*is no share/s)
    const sizes = ['16m', '17m', '18m', '19m'].map((size) => `memory: ${size}`)
    expect(await refused(...sizes)).toMatch(/^0 /)
    expect(await refused(...sizes, 'stack: 64k')).toMatch(/^1 .*more than 4 different pairs/s)
  }, 60_000)
})
