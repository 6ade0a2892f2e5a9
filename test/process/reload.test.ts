import { expect, test } from 'vitest'
import { startLoad } from '../harness/load.ts'
import { isAlive } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = (text: string, ...listens: string[]) => `
worker_processes: 2
http:
  # However long a reload takes on a busy machine, the client is not too late.
  keepalive_min_timeout: 1m
  server:
    - listen: [${['127.0.0.1:%%PORT%%', ...listens].join(', ')}]
      location: { /: { return: 200 "${text}" } }
`

test('a reload serves the new configuration from new workers of the same master', async () => {
  const gateway = await startGateway({ yaml: yaml('old') })
  const before = gateway.workers()
  await gateway.configure(yaml('new'))
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toBe('new')
  expect(gateway.workers()).toHaveLength(2)
  expect(gateway.workers().some((pid) => before.includes(pid))).toBe(false)
  expect(Number(gateway.workspace.read('gateway.pid'))).toBe(gateway.pid)
  await gateway.logged(/worker process \d+ exited with code 0/)
})

for (const keepAlive of [true, false]) {
  test(`no request fails during reloads, ${keepAlive ? 'keep-alive' : 'a connection each'}`, async () => {
    const gateway = await startGateway({ yaml: yaml('ok') })
    const load = startLoad({ target: gateway.port(), connections: 8, keepAlive, think: 5 })
    await load.reached(50)
    for (let i = 0; i < 5; i++) {
      await gateway.reload()
      await load.reached(load.ok + 20)
    }
    const result = await load.stop()
    expect(result.failures).toEqual({})
  }, 60_000)
}

test('a draining worker answers the next request of a connection with close', async () => {
  const gateway = await startGateway({ yaml: yaml('ok') })
  const client = await connect(gateway.port())
  await client.exchange(request('GET /'))
  const before = gateway.workers()
  await gateway.reload('started')
  await gateway.draining(before)
  const last = await client.exchange(request('GET /'))
  expect(last.status).toBe(200)
  expect(last.headers.all('connection')).toContain('close')
})

test('a bad configuration changes nothing, and each of its errors is logged', async () => {
  const gateway = await startGateway({ yaml: yaml('good'), expected: [/emerg|reload failed/] })
  const before = gateway.workers()
  await gateway.configure(`${yaml('bad')}nonsense: on\nworker_priority: high\n`)
  await gateway.reload('sent')
  await gateway.logged(/reload failed/)
  expect(gateway.errorLog()).toMatch(/\[emerg\].*gateway\.yaml:\d+:\d+: .*nonsense/)
  expect(gateway.errorLog()).toMatch(/\[emerg\].*gateway\.yaml:\d+:\d+: .*high/)
  expect(gateway.workers()).toEqual(before)
  expect((await get(gateway.port(), '/')).text).toBe('good')
  await gateway.configure(yaml('better'))
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toBe('better')
})

test('a new address is served after a reload, a removed one refuses', async () => {
  const gateway = await startGateway({ yaml: yaml('one') })
  await gateway.configure(yaml('two', '127.0.0.1:%%PORT_1%%'))
  await gateway.reload()
  expect((await get(gateway.port(1), '/')).text).toBe('two')
  await gateway.configure(yaml('three'))
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toBe('three')
  await expect(get(gateway.port(1), '/')).rejects.toThrow(/ECONNREFUSED/)
})

test('an address that cannot be bound fails the reload, and the others stay', async () => {
  const other = await startGateway({ yaml: yaml('other') })
  const gateway = await startGateway({ yaml: yaml('mine'), expected: [/emerg|reload failed/] })
  await gateway.configure(yaml('mine too', `127.0.0.1:${other.port()}`, '127.0.0.1:%%PORT_1%%'))
  await gateway.reload('sent')
  await gateway.logged(/reload failed/)
  expect(gateway.errorLog()).toContain(
    `bind() to 127.0.0.1:${other.port()} failed (98: Address already in use)`,
  )
  expect((await get(gateway.port(), '/')).text).toBe('mine')
  await expect(get(gateway.port(1), '/')).rejects.toThrow(/ECONNREFUSED/)
})

test('many HUPs at once end in one working generation', async () => {
  const gateway = await startGateway({ yaml: yaml('0') })
  const first = gateway.workers()
  await gateway.configure(yaml('last'))
  for (let i = 0; i < 10; i++) gateway.signal('SIGHUP')
  await until('the first workers to leave', () => !first.some(isAlive))
  await until('two workers', () => gateway.workers().length === 2)
  expect((await get(gateway.port(), '/')).text).toBe('last')
}, 20_000)
