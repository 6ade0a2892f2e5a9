import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { filesOfExample } from '../harness/example.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'
import { examplesOn } from '../repository/pages.ts'

const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  ...['bin', 'tsc'],
)

const GUIDE = examplesOn(join('docs', 'guide', 'first-script.md'))
const CONFIG = GUIDE.find(({ label }) => label.endsWith('tsconfig.json'))?.text ?? ''

const EVERYTHING = `
import type { ExecutionContext, Fetcher, GatewayRequest, GatewayScript, KvNamespace, LogEntry, Peer, ScheduledEvent } from 'gateway/script'

interface Env { readonly API: Fetcher; readonly CACHE: KvNamespace; readonly GREETING: string }

async function counted(env: Env, ctx: ExecutionContext): Promise<number> {
  const count = Number((await env.CACHE.get('n')) ?? 0) + 1
  ctx.waitUntil(env.CACHE.put('n', String(count), { expirationTtl: 60, metadata: { by: 'counted' } }))
  return count
}
const tell = (entry: LogEntry) => console.info(entry.status)
const first = (peers: readonly Peer[]): string | undefined => peers[0]?.name
const due = (event: ScheduledEvent) => new Date(event.scheduledTime)
const id = (request: GatewayRequest): string => request.gateway.requestId ?? crypto.randomUUID()

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/json') return Response.json(await request.json<{ a: number }>(), { status: 201 })
    if (new URLPattern({ pathname: '/users/:id' }).exec(request.url)?.pathname.groups.id) return ctx.next()
    const form = await request.clone().formData()
    const file = form.get('file')
    if (file instanceof File) return new Response(file.stream().pipeThrough(new CompressionStream('gzip')))
    const inner = await env.API.fetch(new Request(request, { signal: AbortSignal.timeout(500) }))
    for await (const chunk of inner.clone().body ?? []) console.log(chunk.length)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(searchParams.get('q') ?? ''))
    const headers = new Headers([...inner.headers, ['x-count', String(await counted(env, ctx))]])
    headers.set('x-digest', btoa(String.fromCharCode(...new Uint8Array(digest))))
    const timer = setTimeout(() => reportError(new DOMException('late', 'TimeoutError')), 5)
    clearTimeout(timer)
    return new HTMLRewriter()
      .on('a[href]', { element: (a) => a.setAttribute('href', a.getAttribute('href') ?? '/') })
      .transform(new Response(inner.body, { headers, status: inner.status }))
  },
  access(request) {
    if (id(request) === '') return new Response(null, { status: 401 })
  },
  request: (request, env, ctx) => {
    ctx.upstream = 'api'
    return new Request(new URL('/v2', request.url), { headers: request.headers })
  },
  response(response) {
    response.headers.append('x-seen', structuredClone('yes'))
    return response
  },
  balance: (peers) => first(peers),
  variables: { plan: (request, env) => request.headers.get('x-plan') ?? env.GREETING },
  log: (entry) => tell(entry),
  scheduled(event) {
    console.log(due(event), navigator.userAgent, performance.now())
  },
} satisfies GatewayScript<Env>
`

const HEAD = `import type { GatewayScript } from 'gateway/script'\n`

/** Scripts that are wrong, and what an editor says. */
const WRONG: readonly (readonly [script: string, message: RegExp])[] = [
  [
    `export default { fetch: () => 'text' } satisfies GatewayScript`,
    /2,18.*Type '\(\) => string' is not assignable.*\n.*'string' is not assignable to type 'Awaitable<Response>'/,
  ],
  [
    `export default { fetsh: () => new Response() } satisfies GatewayScript`,
    /2,18.*'fetsh' does not exist.* Did you mean to write 'fetch'\?/,
  ],
  [
    `export default { fetch: (request, env) => new Response(env.PLAN) } satisfies GatewayScript<{ A: string }>`,
    /2,60.*Property 'PLAN' does not exist on type '\{ A: string; \}'/,
  ],
  [
    `export default { fetch: (request) => new Response(request.gateway.ip) } satisfies GatewayScript`,
    /2,67.*Property 'ip' does not exist on type 'GatewayInfo'/,
  ],
  [
    `export default { fetch: () => new Response('', { status: '200' }) } satisfies GatewayScript`,
    /2,50.*Type 'string' is not assignable to type 'number'/,
  ],
  [
    `export default { variables: { plan: async () => 'gold' } } satisfies GatewayScript`,
    /2,49.*Type 'Promise<string>' is not assignable to type 'string'/,
  ],
  [
    `export default { fetch: () => new Response(document.title) }`,
    /2,44.*Cannot find name 'document'/,
  ],
  [
    `export default { fetch: () => new Response(process.env.A) }`,
    /2,44.*Cannot find name 'process'/,
  ],
  [`import { readFileSync } from 'node:fs'\nreadFileSync('a')`, /2,30.*Cannot find name 'node:fs'/],
]

beforeAll(() => ensureBuilt())

/** What the compiler says to files, with this gateway installed beside them. */
function compile(files: Readonly<Record<string, string>>): string {
  const workspace = new Workspace('script-types')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  workspace.write('tsconfig.json', CONFIG)
  mkdirSync(workspace.path('node_modules'))
  symlinkSync(process.cwd(), workspace.path('node_modules/gateway'))
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', workspace.dir, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  return stdout
}

describe('gateway/script in an editor', () => {
  test('knows all hooks and the web API, without a library of browsers or Node', () => {
    expect(compile({ 'everything.ts': EVERYTHING })).toBe('')
  })

  test('knows the scripts of the guide', () => {
    const scripts = GUIDE.filter(({ language }) => language === 'ts')
    expect(scripts.length).toBeGreaterThan(1)
    expect(compile(Object.fromEntries(scripts.map(({ label, text }) => [label, text])))).toBe('')
  })

  test('knows the scripts of guides for those who come from elsewhere', () => {
    const scripts = ['from-njs', 'from-lua'].flatMap((guide) =>
      examplesOn(join('docs', 'guide', `${guide}.md`))
        .filter(({ text }) => text.includes("'gateway/script'"))
        .map(({ label, text }) => [`${guide}/${label}`, text]),
    )
    expect(scripts.length).toBe(5)
    expect(compile(Object.fromEntries(scripts))).toBe('')
  })

  test('knows the scripts of the examples', () => {
    const files = ['html-banner', 'response-cache'].flatMap((name) =>
      Object.entries(filesOfExample(name)).map(([file, text]) => [`${name}/${file}`, text]),
    )
    expect(compile(Object.fromEntries(files))).toBe('')
  })

  test('says what is wrong, and where', () => {
    const files = WRONG.map(([script], i) => [`wrong-${i}.ts`, HEAD + script])
    const said = compile(Object.fromEntries(files)).split(/^(?=\S)/m)
    for (const [i, [script, message]] of WRONG.entries()) {
      const own = said.filter((each) => each.includes(`wrong-${i}.ts(`)).join('')
      expect(own, script).toMatch(message)
    }
  })
})

test('what is imported of gateway/script is nothing when the script runs', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { script: all.ts } }
`,
    files: {
      'all.ts': `
import 'gateway/script'
import { GatewayScript } from 'gateway/script'
import * as everything from 'gateway/script'
export default { fetch: () => Response.json(Object.keys(everything)) } satisfies GatewayScript
`,
    },
  })
  expect((await get(gateway.port(), '/')).text).toBe('[]')
})
