import { readdirSync, readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { heldOrigin } from '../harness/held-origin.ts'
import { startLoad } from '../harness/load.ts'
import { isAlive, signal } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

/** Grows a worker by megabytes, outside the heap or in it, or keeps its event loop busy so long. */
const BURDEN = `
import { definePlugin, flag } from 'gateway/plugin'
const kept = []
function hoard(bytes) {
  kept.push(Array.from({ length: bytes / 8 }, (_, i) => i + 0.5))
}
export default definePlugin({
  name: 'burden',
  directives: { burden: flag({ in: ['location'], default: false, doc: 'Is a burden.' }) },
  content: (x, { burden }) => {
    if (!burden) return 'next'
    const [, what, amount] = x.uri.split('/')
    if (what === 'grow') kept.push(Buffer.alloc(Number(amount) * 2 ** 20, 1))
    if (what === 'hoard') hoard(Number(amount) * 2 ** 20)
    const until = performance.now() + (what === 'block' ? Number(amount) : 0)
    while (performance.now() < until) {}
    while (what === 'spin') {}
    return x.respond(200, String(process.pid))
  },
})
`

const yaml = (main: string, more = '') => `
worker_processes: 2
plugins: burden.ts
${main}
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 $pid }
        = /status: { stub_status: on }
        /grow/: { burden: on }
        /hoard/: { burden: on }
        /block/: { burden: on }
        /spin: { burden: on }
        ${more}
`
const files = { 'burden.ts': BURDEN }

test('a worker over its memory limit is replaced, and no request is lost', async () => {
  const backend = await heldOrigin()
  const gateway = await startGateway({
    yaml: yaml('worker_memory_limit: 300m', `/held: { proxy_pass: http://${backend.address} }`),
    files,
  })
  const load = startLoad({ target: gateway.port(), connections: 6, think: 4 })
  const client = await connect(gateway.port(), { patience: 60_000 })
  const large = Number((await client.exchange(request('GET /grow/400'))).text)
  await client.send(request('GET /held'))
  await gateway.logged(new RegExp(`worker process ${large} uses \\d+m of memory, over`), 30_000)
  // The successor accepts before the large one hears of it, and both of them serve.
  await gateway.draining([large])
  expect(gateway.workers()).toHaveLength(3)
  await load.reached(load.ok + 100)
  backend.release()
  expect((await client.response()).text).toBe('in the end')
  await until('the large worker to leave', () => !isAlive(large))
  await load.reached(load.ok + 100)
  expect(await load.stop()).toMatchObject({ failures: {} })
  expect(gateway.workers()).toHaveLength(2)
}, 60_000)

test('workers that are over the limit at once are replaced ever more slowly', async () => {
  const gateway = await startGateway({ yaml: yaml('worker_memory_limit: 20m'), files })
  const load = startLoad({ target: gateway.port(), connections: 4, think: 4 })
  for (const wait of [1, 2, 4]) {
    await gateway.logged(
      new RegExp(`of memory, over .*it is replaced, \\d+ s after its start; .* ${wait} s$`),
      30_000,
    )
  }
  expect(await load.stop()).toMatchObject({ failures: {} })
  await gateway.stop()
  // Never more than one beyond those that are wanted.
  let alive = 0
  for (const line of gateway.errorLog().split('\n')) {
    if (/start worker process/.test(line)) alive++
    if (/worker process \d+ exited/.test(line)) alive--
    expect(alive).toBeLessThanOrEqual(3)
  }
}, 60_000)

test('a successor that dies before it accepts leaves the large worker in its place', async () => {
  const gateway = await startGateway({
    yaml: yaml('worker_memory_limit: 20m\nenv: MORTAL=1', '').replace(
      'plugins: burden.ts',
      'plugins: [burden.ts, mortal.ts]',
    ),
    files: {
      ...files,
      'mortal.ts': `
import { existsSync } from 'node:fs'
import { definePlugin } from 'gateway/plugin'
if (process.env.GATEWAY_ROLE === 'worker' && existsSync('%%DIR%%/serving')) process.exit(7)
export default definePlugin({ name: 'mortal' })
`,
    },
  })
  gateway.workspace.write('serving', '')
  await until('deaths', () => (gateway.errorLog().match(/with code 7/g)?.length ?? 0) >= 2, 30_000)
  // Who was large, or was its successor, was not asked for twice.
  expect(gateway.workers().length).toBeLessThanOrEqual(3)
  expect((await get(gateway.port(), '/')).status).toBe(200)
}, 60_000)

test('a worker in an endless loop is killed and replaced, and the others go on', async () => {
  const gateway = await startGateway({
    yaml: yaml('worker_stuck_timeout: 6s'),
    files,
    expected: [/is stuck/],
  })
  const client = await connect(gateway.port(), { patience: 60_000 })
  const stuck = Number((await client.exchange(request('GET /'))).text)
  await client.send(request('GET /spin'))
  const load = startLoad({ target: gateway.port(), connections: 4, think: 4 })
  expect(await gateway.logged(new RegExp(`${stuck} is stuck`), 30_000)).toContain(
    `[alert] ${gateway.pid}#${gateway.pid}: worker process ${stuck} is stuck for 6 s, it is killed`,
  )
  await expect(client.response()).rejects.toThrow()
  await until('its successor', () => !isAlive(stuck) && gateway.workers().length === 2)
  await load.reached(load.ok + 50)
  // A connection may have been accepted by the one that was stuck.
  const { failures } = await load.stop()
  expect(Object.values(failures).reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(4)
}, 60_000)

test('a stopped worker is noticed, while it serves and while it leaves', async () => {
  const gateway = await startGateway({
    yaml: yaml('worker_stuck_timeout: 6s'),
    files,
    expected: [/is stuck/],
  })
  const [first = 0, second = 0] = gateway.workers()
  signal(first, 'SIGSTOP')
  await gateway.logged(new RegExp(`worker process ${first} is stuck`), 30_000)
  await until('its successor', () => !isAlive(first) && gateway.workers().length === 2)
  signal(second, 'SIGSTOP')
  await gateway.reload('started')
  await until('the one that leaves to be gone', () => !isAlive(second), 30_000)
  await until('the new ones alone', () => gateway.workers().length === 2)
  expect((await get(gateway.port(), '/')).status).toBe(200)
}, 60_000)

test('work that blocks for a while is left alone', async () => {
  const gateway = await startGateway({ yaml: yaml('worker_stuck_timeout: 15s'), files })
  const before = gateway.workers()
  const client = await connect(gateway.port(), { patience: 60_000 })
  expect((await client.exchange(request('GET /block/2000'))).status).toBe(200)
  expect(gateway.workers()).toEqual(before)
  // What it kept others waiting for is told, of whichever worker it was.
  const { text } = await until('the delay', async () => {
    const response = await get(gateway.port(), '/status')
    return /loop delay 1[89]\d\d ms|loop delay [2-9]\d{3}/.test(response.text) && response
  })
  const rows = [...text.matchAll(/^Worker (\d+): (\d+) bytes, loop delay \d+ ms, gc (\d+) ms $/gm)]
  expect(rows.map(([, pid]) => Number(pid)).sort()).toEqual([...before].sort())
  for (const [, , bytes] of rows) expect(Number(bytes)).toBeGreaterThan(20 * 2 ** 20)
  await client.exchange(request('GET /hoard/32'))
  await until('the time of collections', async () => {
    return /gc [1-9]\d* ms/.test((await get(gateway.port(), '/status')).text)
  })
}, 60_000)

test('heap profiles are written on request, for their owner alone', async () => {
  const folder = new Workspace('heap')
  onCleanup(() => folder.remove())
  const gateway = await startGateway({ yaml: yaml(''), files, env: { TMPDIR: folder.dir } })
  const ask = async () => {
    const { code, stderr } = await runCommand(['-p', gateway.dir, '-s', 'heap'])
    expect([code, stderr]).toEqual([0, ''])
  }
  const told = (text: string) => (gateway.errorLog().match(new RegExp(text, 'g'))?.length ?? 0) >= 2
  await ask()
  await until('both to begin', () => told('heap profile begun'))
  const large = Number((await get(gateway.port(), '/hoard/16')).text)
  // A second request ends them at once.
  await ask()
  await until('both files', () => told('heap profile written'))
  const names = readdirSync(folder.dir).filter((name) => name.endsWith('.heapprofile'))
  expect(names.map((name) => Number(name.split('-')[2])).sort()).toEqual(gateway.workers().sort())
  for (const name of names) {
    const path = folder.path(name)
    expect(name).toMatch(/^gateway-heap-\d+-\d{8}T\d{9}Z\.heapprofile$/)
    expect(gateway.errorLog()).toContain(`heap profile written to "${path}"`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const text = readFileSync(path, 'utf8')
    expect(JSON.parse(text)).toMatchObject({ head: expect.anything(), samples: expect.anything() })
    expect(text.includes('"hoard"')).toBe(name.includes(`-${large}-`))
  }
}, 60_000)

test('a heap profile that is under way is written when its worker leaves', async () => {
  const folder = new Workspace('heap')
  onCleanup(() => folder.remove())
  const gateway = await startGateway({
    yaml: `${yaml('')}\n`.replace('worker_processes: 2', 'master_process: off'),
    files,
    env: { TMPDIR: folder.dir },
  })
  gateway.signal('SIGURG')
  await gateway.logged(/heap profile begun/)
  await gateway.stop()
  expect(gateway.errorLog()).toMatch(/heap profile written to/)
  expect(readdirSync(folder.dir).filter((name) => name.endsWith('.heapprofile'))).toHaveLength(1)
}, 60_000)
