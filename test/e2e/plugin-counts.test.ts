import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const LEAKY = `
import { connect } from 'node:net'
import { definePlugin, text } from 'gateway/plugin'

const kept: (() => void)[] = []
const ways: Record<string, (about: string) => unknown> = {
  interval: () => {
    const timer = setInterval(() => {}, 60_000)
    kept.push(() => clearInterval(timer))
  },
  later: async () => {
    await undefined
    ways.interval?.('')
  },
  socket: (port) => {
    const socket = connect(Number(port), '127.0.0.1')
    kept.push(() => socket.destroy())
    return new Promise((resolve) => socket.once('connect', resolve))
  },
  tidy: () => {
    for (const close of kept.splice(0)) close()
  },
  throw: () => {
    throw new Error('boom')
  },
  reject: () => Promise.reject(new Error('later')),
  plain: () => undefined,
}

export default definePlugin({
  name: 'leaky',
  directives: { leaky: text({ in: ['location'], default: '', doc: '', claims: 'content' }) },
  async content(x, { leaky }) {
    await ways[leaky.split(' ')[0] ?? '']?.(leaky.split(' ')[1] ?? '')
    return x.respond(200, leaky)
  },
})
`

const QUIET = `
import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'quiet',
  directives: { quiet: flag({ in: ['location'], default: false, doc: '' }) },
  access: () => {
    throw new Error('at once')
  },
})
`

/** Throws where its directive says, and in its variable. */
const THROWS = `
import { definePlugin, text } from 'gateway/plugin'
const boom = (where: string): never => {
  throw new Error('in ' + where)
}
export default definePlugin({
  name: 'throws',
  directives: { throws: text({ in: ['location'], default: '', doc: '' }) },
  prepare: ({ throws }) => throws || undefined,
  variables: { thrown: { doc: '', get: () => boom('variable') } },
  filters: {
    edit: (x, next, where) => {
      if (where === 'filter') boom(where)
      const on = (each: string) => (where === each ? boom(where) : undefined)
      return {
        head: (head) => on('head') ?? next.head(head),
        data: (chunk) => on('data') ?? next.data(chunk),
        end: () => on('end') ?? next.end(),
        fail: (error) => next.fail(error),
      }
    },
  },
})
`

async function openPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  onCleanup(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as { port: number }).port
}

const yamlFor = (workers: number, port: number) => `
worker_processes: ${workers}
plugins: ./leaky.ts ./quiet.ts
http:
  stub_status_zone: zone=plugins:1m
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        ${['interval', 'later', 'tidy', 'throw', 'reject', 'plain'].map((way) => `/${way}: { leaky: ${way} }`).join('\n        ')}
        /socket: { leaky: '"socket ${port}"' }
        /quiet: { quiet: on }
        /return: { return: 200 plain }
        /status: { stub_status: on }
        /json: { stub_status: on, stub_status_format: json }
        /metrics: { stub_status: on, stub_status_format: prometheus }
`

interface Status {
  readonly plugins: readonly { readonly name: string; readonly open: number }[]
}

test('a plugin that throws answers 500 for that request alone, and is counted with what it leaves open', async () => {
  const gateway = await startGateway({
    files: { 'leaky.ts': LEAKY, 'quiet.ts': QUIET },
    yaml: yamlFor(1, await openPort()),
    expected: [
      'plugin "leaky" failed: Error: boom',
      'plugin "leaky" failed: Error: later',
      'plugin "quiet" failed: Error: at once',
    ],
  })
  const ask = async (path: string) => get(gateway.port(), path)
  const leaky = async () => {
    const { plugins } = JSON.parse((await ask('/json')).text) as Status
    return plugins.find(({ name }) => name === 'leaky')
  }
  expect((await ask('/return')).text).toBe('plain')
  expect(await leaky()).toMatchObject({ calls: 0, errors: 0, time: 0, open: 0 })
  for (const path of ['/throw', '/reject', '/quiet']) {
    expect((await ask(path)).status).toBe(500)
    expect((await ask('/return')).status).toBe(200)
  }
  await gateway.logged(/plugin "leaky" failed: Error: boom/)
  await gateway.logged(/plugin "quiet" failed: Error: at once/)
  for (const path of ['/interval', '/interval', '/later', '/socket']) await ask(path)
  expect(await leaky()).toMatchObject({ calls: 6, errors: 2, open: 4 })
  expect((await ask('/status')).text).toMatch(
    /\nPlugin leaky: 6 calls, \d+ ms, 2 errors, 4 open handles \nPlugin quiet: 1 calls, \d+ ms, 1 errors, 0 open handles \n$/,
  )
  const metrics = (await ask('/metrics')).text
  expect(metrics).toContain('gateway_plugin_calls_total{plugin="leaky"} 6\n')
  expect(metrics).toContain('gateway_plugin_errors_total{plugin="leaky"} 2\n')
  expect(metrics).toContain('gateway_plugin_open_handles{plugin="leaky"} 4\n')
  expect(metrics).toMatch(/\ngateway_plugin_seconds_total\{plugin="leaky"\} [\d.]+\n/)
  await ask('/tidy')
  await until('its socket is closed', async () => (await leaky())?.open === 0)
})

test('a filter or variable that throws is named, not who asked it, and its request alone fails', async () => {
  const filters = ['filter', 'head', 'data', 'end']
  const gateway = await startGateway({
    files: { 'throws.ts': THROWS, 'body.txt': 'body' },
    yaml: `
worker_processes: 1
plugins: ./throws.ts
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        ${filters.map((where) => `/${where}: { throws: ${where}, try_files: /body.txt =404 }`).join('\n        ')}
        /variable: { return: '200 "$thrown"' }
        /field: { add_header: X-Thrown $thrown, return: 200 }
        /page: { throws: filter, error_page: 500 /fine, return: 200 }
        /fine: { return: 200 fine }
        /json: { stub_status: on, stub_status_format: json }
`,
    expected: [/plugin "throws" failed: Error: in /],
  })
  const ask = async (path: string) => get(gateway.port(), path)
  for (const path of ['/filter', '/head', '/variable', '/field']) {
    expect([path, (await ask(path)).status]).toEqual([path, 500])
    expect((await ask('/fine')).text).toBe('fine')
  }
  expect((await ask('/page')).text).toBe('fine')
  // What has begun can only be cut; behind the last byte there is nothing to cut.
  await expect(ask('/data')).rejects.toThrow()
  expect((await ask('/end')).text).toBe('body')
  for (const where of [...filters, 'variable'])
    await gateway.logged(new RegExp(`"throws" failed: Error: in ${where}`))
  const { plugins } = JSON.parse((await ask('/json')).text) as Status
  expect(plugins[0]).toMatchObject({ name: 'throws', errors: 7 })
})

test('a zone has the plugins of all workers, and of those that are gone what they counted', async () => {
  const gateway = await startGateway({
    files: { 'leaky.ts': LEAKY, 'quiet.ts': QUIET },
    yaml: yamlFor(2, 1),
  })
  for (let i = 0; i < 20; i++) await get(gateway.port(), i % 2 === 0 ? '/interval' : '/plain')
  const shown = async (calls: number, open: number) => {
    const { text } = await get(gateway.port(), '/status')
    return text.includes(`Plugin leaky: ${calls} calls`) && text.includes(` ${open} open handles`)
  }
  await until('both workers have told it', () => shown(20, 10))
  await gateway.reload()
  await until('the workers are gone', () => shown(20, 0))
})
