import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { measure } from './measure.ts'
import type { Options } from './options.ts'
import { answers } from './probe.ts'
import { judge, type Section } from './section.ts'
import { type Server, startServer } from './server.ts'
import { median } from './statistics.ts'
import { memoryOf } from './usage.ts'

const TENANTS = 1000
const KILOBYTE = 1024
/** What must be reached: milliseconds, kilobytes, and a ratio. */
const TARGETS = { first: 10_000, cached: 2000, cold: 5, memory: 60, warm: 1.5 } as const

/** A script for each of a thousand tenants: how long a start takes, what a tenant costs. */
export async function measureTenants(fixtures: Fixtures, options: Options): Promise<Section> {
  const folder = path.join(fixtures.folder, 'tenants')
  const paths = Array.from({ length: TENANTS }, (_, i) => writeTenant(folder, i))
  const first = await start(folder, paths)
  const firstStart = first.startTime
  await first.stop()
  const server = await start(folder, paths)
  try {
    const one = await figuresOf(server, paths.slice(0, 1), options)
    const before = memoryOf(server.workers)
    const cold = await askEach(server, paths.slice(1))
    const all = await figuresOf(server, paths, options)
    const tenant = (memoryOf(server.workers) - before) / TENANTS / KILOBYTE
    const ratio = all.p50 / one.p50
    return {
      name: 'tenants',
      text: `${TENANTS} scripts, each in a location of its own`,
      columns: ['asked for', 'CPU µs/request', 'p50 ms', 'to one', 'failed'],
      lines: [
        ['one tenant', one.cpu.toFixed(1), one.p50.toFixed(2), '1.00', `${one.failed}`],
        ['all in turn', all.cpu.toFixed(1), all.p50.toFixed(2), ratio.toFixed(2), `${all.failed}`],
      ],
      verdicts: [
        judge('the first start', firstStart, { most: TARGETS.first }, ' ms'),
        judge('a start with the cache', server.startTime, { most: TARGETS.cached }, ' ms'),
        judge('first request of a tenant, median', median(cold), { most: TARGETS.cold }, ' ms'),
        judge('memory of a tenant that was asked for', tenant, { most: TARGETS.memory }, ' KB'),
        judge('p50 of all to one', ratio, { most: TARGETS.warm }),
      ],
      notes: [],
    }
  } finally {
    await server.stop()
  }
}

/** Writes the script of a tenant; the path of its location. */
function writeTenant(folder: string, number: number): string {
  const own = path.join(folder, `${number}`)
  mkdirSync(own, { recursive: true })
  writeFileSync(path.join(own, 'prices.json'), JSON.stringify({ tea: number, coffee: number + 1 }))
  writeFileSync(
    path.join(own, 'shop.ts'),
    `import prices from './prices.json'

interface Env { GREETING: string }

export default {
  fetch(request: Request, env: Env): Response {
    const { pathname } = new URL(request.url)
    if (pathname.endsWith('/prices')) return Response.json(prices)
    const name = request.headers.get('x-name') ?? 'stranger'
    return new Response(\`\${env.GREETING} of tenant ${number}, \${name}!\`)
  },
}
`,
  )
  return `/${number}/`
}

/** The configurations lie in one folder, so that they have one cache. */
function start(folder: string, paths: readonly string[]): Promise<Server> {
  const [one = '/'] = paths
  const launch = (port: number, dir: string) => {
    const { args, ...rest } = contenders.gateway.launch({ kind: 'return' }, port, dir)
    const config = path.join(folder, `${port}.yaml`)
    writeFileSync(config, configuration(port, paths))
    return { ...rest, args: args.map((arg) => (arg === 'gateway.yaml' ? config : arg)) }
  }
  return startServer('gateway, tenants', folder, launch, { path: one, core: 'all' })
}

/** JSON is YAML. */
function configuration(port: number, paths: readonly string[]): string {
  const location = paths.map((own, i) => {
    const env = { GREETING: 'Welcome' }
    return [own, { script: { file: `${i}/shop.ts`, tenant: `tenant-${i}`, env } }]
  })
  const server = { listen: `127.0.0.1:${port}`, location: Object.fromEntries(location) }
  const http = { access_log: 'off', keepalive_requests: 1_000_000_000, server }
  return JSON.stringify({ worker_processes: 1, pid: `${port}.pid`, http })
}

/** Milliseconds of each first request, connection and all. */
async function askEach(server: Server, paths: readonly string[]): Promise<number[]> {
  const times: number[] = []
  for (const each of paths) {
    const from = performance.now()
    await answers(server.port, each)
    times.push(performance.now() - from)
  }
  return times
}

async function figuresOf(server: Server, paths: readonly string[], options: Options) {
  const [figures] = await measure([server], () => ({ paths, connections: 1 }), options)
  if (!figures) throw new Error('nothing was measured')
  return figures
}
