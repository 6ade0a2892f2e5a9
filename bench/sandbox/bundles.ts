// How long a start with many scripts takes: nothing in the cache, everything in it, and everything
// in it but with every file touched. `npx tsx bench/sandbox/bundles.ts [scripts]`
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Builder } from '../../sandbox/bundle/builder.ts'
import { Bundler } from '../../sandbox/bundle/bundler.ts'

const SCRIPTS = Number(process.argv[2] ?? 1000)
const packages = resolve('node_modules')

/** Of ten tenants, six have a file or two, three a small router, one has Hono. */
const KINDS = [
  'plain',
  'plain',
  'plain',
  'plain',
  'plain',
  'plain',
  'itty',
  'itty',
  'itty',
  'hono',
] as const

type Kind = (typeof KINDS)[number]

const SOURCES: Readonly<Record<Kind, (tenant: number) => string>> = {
  plain: (tenant) => `import { tier } from './tiers'
interface Env { readonly API: { fetch(request: Request): Promise<Response> } }
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (tier(request.headers.get('x-tier')) === ${tenant}) return env.API.fetch(request)
    return new Response('tenant ${tenant}', { status: 404 })
  },
}
`,
  itty: (tenant) => `import { AutoRouter } from 'itty-router'
import { tier } from './tiers'
const router = AutoRouter()
router.get('/:id', ({ id }) => ({ id, tenant: ${tenant}, tier: tier(id) }))
export default router
`,
  hono: (tenant) => `import { Hono } from 'hono'
const app = new Hono()
app.get('/', (c) => c.json({ tenant: ${tenant}, query: c.req.query() }))
export default app
`,
}

const TIERS = `import table from './tiers.json'
export const tier = (name: string | null): number => table[(name ?? 'free') as 'free'] ?? 0
`

const root = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
try {
  const files = Array.from({ length: SCRIPTS }, (_, tenant) => writeTenant(tenant))
  const cache = join(root, 'cache')
  await measure('nothing in the cache', files, cache)
  // Else every file would be one that has just been written.
  await new Promise((done) => setTimeout(done, 1500))
  await measure('everything in the cache, each file read once more', files, cache)
  for (let i = 0; i < 3; i++) await measure('everything in the cache', files, cache)
  for (const file of files) utimesSync(file, 1, 1)
  await measure('everything in the cache, scripts touched', files, cache)
  const sizes = readdirSync(cache).map((name) => statSync(join(cache, name)).size)
  const total = sizes.reduce((sum, each) => sum + each, 0)
  console.log(`cache: ${sizes.length} files, ${(total / SCRIPTS / 1024).toFixed(1)} KB a script`)
} finally {
  rmSync(root, { recursive: true })
}

function writeTenant(tenant: number): string {
  const folder = join(root, `tenant-${tenant}`)
  mkdirSync(folder)
  const kind = KINDS[tenant % KINDS.length] as Kind
  writeFileSync(join(folder, 'tiers.ts'), TIERS)
  writeFileSync(join(folder, 'tiers.json'), `{ "free": ${tenant}, "paid": 1 }`)
  const file = join(folder, 'index.ts')
  writeFileSync(file, SOURCES[kind](tenant))
  return file
}

async function measure(what: string, files: readonly string[], cache: string): Promise<void> {
  const builder = new Builder()
  const bundler = new Bundler({ cache }, builder)
  const cpu = process.cpuUsage()
  const from = performance.now()
  const bundles = await Promise.all(files.map((file) => bundler.bundle(file, { packages })))
  const took = performance.now() - from
  const { user, system } = process.cpuUsage(cpu)
  bundler.close()
  const bytes = bundles.reduce((sum, { code }) => sum + code.length, 0) / bundles.length
  const own = ((user + system) / 1000).toFixed(0)
  console.log(
    `${files.length} scripts, ${what}: ${took.toFixed(0)} ms, ${own} ms of this process's time, ` +
      `${(bytes / 1024).toFixed(1)} KB a bundle, ${builder.starts} processes`,
  )
}
