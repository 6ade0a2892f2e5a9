import { expect, test } from 'vitest'
import { startLoad } from '../harness/load.ts'
import { isAlive, signal } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = (workers: number, more = '') => `
worker_processes: ${workers}
${more}
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 "$pid" } }
`

test('a worker killed with -9 under load is replaced and takes only its own requests', async () => {
  const gateway = await startGateway({ yaml: yaml(2), expected: [/exited on signal 9/] })
  const load = startLoad({ target: gateway.port(), connections: 8, think: 5 })
  await load.reached(50)
  const [victim = 0] = gateway.workers()
  signal(victim, 'SIGKILL')
  await gateway.logged(new RegExp(`worker process ${victim} exited on signal 9`))
  await until('its successor', () => gateway.workers().length === 2)
  await load.reached(load.ok + 100)
  const { failures } = await load.stop()
  const lost = Object.values(failures).reduce((sum, each) => sum + each, 0)
  expect(lost).toBeLessThanOrEqual(8)
}, 20_000)

test('a replaced worker serves the configuration of its generation, not what the file holds', async () => {
  const gateway = await startGateway({ yaml: yaml(1), expected: [/exited on signal 9/] })
  await gateway.configure('this is no configuration')
  signal(gateway.workers()[0] ?? 0, 'SIGKILL')
  await gateway.logged(/exited on signal 9/)
  await until('its successor', () => gateway.workers().length === 1)
  expect((await get(gateway.port(), '/')).text).toBe(String(gateway.workers()[0]))
})

test('workers survive signals meant for the master', async () => {
  const gateway = await startGateway({ yaml: yaml(1) })
  const [worker = 0] = gateway.workers()
  for (const name of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGPIPE'] as const) {
    signal(worker, name)
    expect((await get(gateway.port(), '/')).text).toBe(String(worker))
  }
})

test('a worker that was told to end exits with 0 and is replaced', async () => {
  const gateway = await startGateway({ yaml: yaml(1) })
  const [worker = 0] = gateway.workers()
  signal(worker, 'SIGTERM')
  await gateway.logged(new RegExp(`worker process ${worker} exited with code 0`))
  await until('its successor', () => gateway.workers().length === 1)
})

test('workers of a killed master finish what they have, and leave', async () => {
  const gateway = await startGateway({ yaml: yaml(2) })
  const client = await connect(gateway.port())
  await client.exchange(request('GET /'))
  const workers = gateway.workers()
  await gateway.kill()
  await gateway.draining(workers)
  const last = await client.exchange(request('GET /'))
  expect(last.status).toBe(200)
  expect(last.headers.all('connection')).toContain('close')
  await until('the workers to leave', () => !workers.some(isAlive))
  await expect(get(gateway.port(), '/')).rejects.toThrow(/ECONNREFUSED/)
})

test('workers that die at start are tried again ever more slowly, and then serve', async () => {
  const gateway = await startGateway({
    yaml: yaml(1, 'plugins: mortal.ts'),
    files: {
      'mortal.ts': `
import { existsSync } from 'node:fs'
import { definePlugin } from 'gateway/plugin'
if (process.env.GATEWAY_ROLE === 'worker' && existsSync('%%DIR%%/die')) process.exit(7)
export default definePlugin({ name: 'mortal' })
`,
    },
    expected: [/exited on signal 9/],
  })
  gateway.workspace.write('die', '')
  signal(gateway.workers()[0] ?? 0, 'SIGKILL')
  const deaths = () => gateway.errorLog().match(/exited with code 7/g)?.length ?? 0
  const times: number[] = []
  for (let count = 1; count <= 4; count++) {
    await until(`death ${count}`, () => deaths() >= count)
    times.push(Date.now())
  }
  const [a = 0, b = 0, c = 0, d = 0] = times
  expect(d - c).toBeGreaterThan(300)
  expect(d - c).toBeGreaterThan((b - a) / 2)
  const { rmSync } = await import('node:fs')
  rmSync(gateway.workspace.path('die'))
  await until('a worker that serves', () => {
    return get(gateway.port(), '/').then(
      ({ status }) => status === 200,
      () => false,
    )
  })
}, 30_000)

test('a configuration whose workers die at start does not replace one that serves', async () => {
  const gateway = await startGateway({
    yaml: yaml(1),
    files: {
      'mortal.ts': `
import { definePlugin } from 'gateway/plugin'
if (process.env.GATEWAY_ROLE === 'worker') process.exit(7)
export default definePlugin({ name: 'mortal' })
`,
    },
    expected: [/ended while it was starting|reload failed/],
  })
  const before = gateway.workers()
  await gateway.configure(yaml(1, 'plugins: mortal.ts'))
  await gateway.reload('sent')
  await gateway.logged(/reload failed/)
  expect(gateway.workers()).toEqual(before)
  expect((await get(gateway.port(), '/')).text).toBe(String(before[0]))
})

test('an exception nobody catches ends the worker after its answers, and it is replaced', async () => {
  const gateway = await startGateway({
    yaml: yaml(1, 'plugins: thrower.ts').replace('return: 200 "$pid"', 'throw_late: on'),
    files: { 'thrower.ts': THROWER },
    expected: [/uncaught exception/],
  })
  const [worker = 0] = gateway.workers()
  expect((await get(gateway.port(), '/uncaught')).status).toBe(200)
  expect(await gateway.logged(/uncaught exception/)).toMatch(/\[alert\].*on purpose/)
  expect(gateway.errorLog()).toContain(`${gateway.dir}/thrower.ts:10:`)
  await until('its successor', () => !isAlive(worker) && gateway.workers().length === 1)
})

test('a rejection nobody handles is logged, and the worker goes on', async () => {
  const gateway = await startGateway({
    yaml: yaml(1, 'plugins: thrower.ts').replace('return: 200 "$pid"', 'throw_late: on'),
    files: { 'thrower.ts': THROWER },
    expected: [/unhandled rejection/],
  })
  const before = gateway.workers()
  expect((await get(gateway.port(), '/rejected')).status).toBe(200)
  expect(await gateway.logged(/unhandled rejection/)).toMatch(/\[error\].*on purpose/)
  expect((await get(gateway.port(), '/quiet')).status).toBe(200)
  expect(gateway.workers()).toEqual(before)
})

const THROWER = `
import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'thrower',
  directives: {
    throw_late: flag({ in: ['location'], default: false, doc: 'Throws where nobody catches.' }),
  },
  content: (x, { throw_late }) => {
    if (!throw_late) return 'next'
    if (x.uri === '/uncaught') setTimeout(() => { throw new Error('on purpose') }, 50)
    if (x.uri === '/rejected') Promise.reject(new Error('on purpose'))
    return x.respond(200, 'ok')
  },
})
`
