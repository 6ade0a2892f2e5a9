import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { load } from '../harness/load.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { signal } from '../harness/processes.ts'
import { connect, get, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

/** An idle connection may be closed for another one only after longer than any test takes. */
const yaml = (workers: number, events: string, more = '') => `
worker_processes: ${workers}
events: { ${events} }
http:
  ${more}
  keepalive_min_timeout: 10m
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$pid" }
`

/** A client that stays, and the worker that has it. */
interface Guest {
  readonly client: RawClient
  readonly worker: number
}

async function visit(gateway: Gateway): Promise<Guest> {
  const client = await connect(gateway.port(), { patience: 30_000 })
  return { client, worker: Number((await client.exchange(request('GET /'))).text) }
}

/** So many clients that come at once, and stay. */
function crowd(gateway: Gateway, size: number): Promise<Guest[]> {
  return Promise.all(Array.from({ length: size }, () => visit(gateway)))
}

/** How many each worker has, in the order of `workers`. */
function spread(workers: readonly number[], guests: readonly Guest[]): number[] {
  return workers.map((pid) => guests.filter(({ worker }) => worker === pid).length)
}

for (const mutex of ['on', 'off']) {
  test(`every slot of every worker is filled before anybody waits, accept_mutex ${mutex}`, async () => {
    const events = `worker_connections: 20, accept_mutex: ${mutex}`
    const gateway = await startGateway({ yaml: yaml(3, events) })
    const guests = await crowd(gateway, 60)
    expect(spread(gateway.workers(), guests)).toEqual([20, 20, 20])
    const late = visit(gateway)
    const [first] = guests
    first?.client.destroy()
    expect((await late).worker).toBe(first?.worker)
  }, 60_000)
}

test('a burst is spread over all workers, and so are connections that come one by one', async () => {
  const gateway = await startGateway({ yaml: yaml(4, 'worker_connections: 512') })
  const guests = await crowd(gateway, 200)
  const burst = spread(gateway.workers(), guests)
  expect(Math.min(...burst)).toBeGreaterThanOrEqual(15)
  for (let i = 0; i < 200; i++) guests.push(await visit(gateway))
  const all = spread(gateway.workers(), guests)
  expect(Math.min(...all)).toBeGreaterThanOrEqual(40)
  expect(Math.max(...all)).toBeLessThanOrEqual(200)
}, 60_000)

test('a worker that does nothing keeps no connection waiting, and gets its share once it does', async () => {
  const gateway = await startGateway({ yaml: yaml(2, 'worker_connections: 512') })
  const [stopped = 0, other = 0] = gateway.workers()
  signal(stopped, 'SIGSTOP')
  const guests = await crowd(gateway, 150)
  expect(spread([stopped, other], guests)).toEqual([0, 150])
  signal(stopped, 'SIGCONT')
  await reached(gateway, stopped)
  const more = await crowd(gateway, 150)
  const [late = 0, early = 0] = spread([stopped, other], more)
  expect(late + early).toBe(150)
  expect(late).toBeGreaterThan(75)
}, 60_000)

test('under a flood a nearly full worker leaves what comes to one with room', async () => {
  const gateway = await startGateway({ yaml: yaml(2, 'worker_connections: 64') })
  const [free = 0, full = 0] = gateway.workers()
  signal(free, 'SIGSTOP')
  const guests = await crowd(gateway, 62)
  expect(spread([free, full], guests)).toEqual([0, 62])
  signal(free, 'SIGCONT')
  await reached(gateway, free)
  const asked = new Map([free, full].map((pid) => [pid, 0]))
  const { failures } = await flood(gateway, asked)
  expect(failures).toEqual({})
  expect(asked.get(free)).toBeGreaterThan(4 * (asked.get(full) ?? 0))
  // And the last slots of both are filled, too.
  guests.push(...(await crowd(gateway, 66)))
  expect(spread([free, full], guests)).toEqual([64, 64])
}, 60_000)

test('under a flood a slow worker is neither starved nor waited for', async () => {
  const gateway = await startGateway({
    yaml: `plugins: ./slow.ts\n${yaml(2, 'worker_connections: 512', 'slow: "%%DIR%%/slow"')}`,
    files: { 'slow.ts': SLOW },
  })
  const [slow = 0, fast = 0] = gateway.workers()
  gateway.workspace.write('slow', String(slow))
  const asked = new Map([slow, fast].map((pid) => [pid, 0]))
  const { failures } = await flood(gateway, asked)
  expect(failures).toEqual({})
  expect(asked.get(slow)).toBeGreaterThan(0)
  expect(asked.get(fast)).toBeGreaterThan(2 * (asked.get(slow) ?? 0))
}, 60_000)

test('several connections are accepted at a time with multi_accept', async () => {
  const gateway = await startGateway({
    yaml: yaml(2, 'worker_connections: 40, multi_accept: on'),
  })
  const guests = await crowd(gateway, 80)
  expect(spread(gateway.workers(), guests)).toEqual([40, 40])
  await gateway.reload('started')
  for (const { client } of guests) client.destroy()
  await until('the new workers', () => gateway.workers().length === 2)
  const next = await crowd(gateway, 80)
  expect(spread(gateway.workers(), next)).toEqual([40, 40])
}, 60_000)

test.skipIf(nginxMissing()).each([
  ['use epoll; accept_mutex on; accept_mutex_delay 200ms; multi_accept on;', 0],
  ['accept_mutex off;', 0],
  ['use kqueue;', 1],
  ['use telepathy;', 1],
  ['accept_mutex maybe;', 1],
])(
  'nginx and the gateway judge "%s" alike',
  async (words, code) => {
    const workspace = new Workspace('events')
    onCleanup(() => workspace.remove())
    const conf = `error_log stderr; pid ${workspace.path('pid')}; events { ${words} } http { }`
    const args = ['-t', '-e', 'stderr', '-c', workspace.write('nginx.conf', conf)]
    expect(spawnSync('/usr/sbin/nginx', args).status).toBe(code)
    workspace.write('gateway.yaml', `events: ${asYaml(words)}\n`)
    expect((await runCommand(['-t', '-p', workspace.dir])).code).toBe(code)
  },
  60_000,
)

/** Blocks the worker whose number a file holds, for a while with each request. */
const SLOW = `
import { readFileSync } from 'node:fs'
import { definePlugin, text } from 'gateway/plugin'
const lock = new Int32Array(new SharedArrayBuffer(4))
let slow: boolean | undefined
export default definePlugin({
  name: 'slow',
  directives: { slow: text({ in: ['http'], default: '', doc: 'The file.' }) },
  postRead: (x, config) => {
    slow ??= readFileSync(config.slow, 'utf8') === String(process.pid)
    if (slow) Atomics.wait(lock, 0, 0, 20)
    return 'next'
  },
})
`

/** Waits until this worker accepts: until it has answered somebody, who leaves then. */
async function reached(gateway: Gateway, pid: number): Promise<void> {
  await until(`worker ${pid} to accept`, async () => {
    return Number((await get(gateway.port(), '/')).text) === pid
  })
}

/** A thousand connections, sixteen at a time, each for one request; counts who has answered. */
function flood(gateway: Gateway, asked: Map<number, number>) {
  return load({
    target: gateway.port(),
    connections: 16,
    requests: 1000,
    keepAlive: false,
    check: ({ status, text }) => {
      asked.set(Number(text), (asked.get(Number(text)) ?? 0) + 1)
      return status === 200 ? undefined : String(status)
    },
  })
}
