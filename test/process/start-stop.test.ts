import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { freePort } from '../harness/ports.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const yaml = (location = 'return: 200 "pid $pid"', more = '') => `
worker_processes: 2
${more}
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { ${location} } }
`

test('the pid file names the master and appears when every worker accepts', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  expect(Number(gateway.workspace.read('gateway.pid'))).toBe(gateway.pid)
  expect(gateway.workers()).toHaveLength(2)
  const { text } = await get(gateway.port(), '/')
  expect(gateway.workers().map((pid) => `pid ${pid}`)).toContain(text)
})

test('QUIT lets a request under way finish, then everything is gone', async () => {
  let release: (() => void) | undefined
  const backend = await httpOrigin(async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { body: 'late' }
  })
  const gateway = await startGateway({ yaml: yaml(`proxy_pass: http://${backend.address}`) })
  const client = await connect(gateway.port())
  await client.send(request('GET /'))
  await until('the request to reach the backend', () => release)
  const workers = gateway.workers()
  gateway.signal('SIGQUIT')
  await gateway.draining(workers)
  release?.()
  const response = await client.response()
  expect(response.text).toBe('late')
  expect(response.headers.all('connection')).toContain('close')
  await gateway.exited()
  expect(existsSync(gateway.workspace.path('gateway.pid'))).toBe(false)
})

test('QUIT cuts what is left after worker_shutdown_timeout', async () => {
  const backend = await httpOrigin(() => new Promise(() => {}))
  const gateway = await startGateway({
    yaml: yaml(`proxy_pass: http://${backend.address}`, 'worker_shutdown_timeout: 200ms'),
    expected: [/./],
  })
  const client = await connect(gateway.port())
  await client.send(request('GET /'))
  await until('the request to reach the backend', () => backend.requests.length > 0)
  await gateway.stop()
  expect(['end', 'reset']).toContain(await client.ending())
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends everything at once, requests included`, async () => {
    const backend = await httpOrigin(() => new Promise(() => {}))
    const gateway = await startGateway({ yaml: yaml(`proxy_pass: http://${backend.address}`) })
    const client = await connect(gateway.port())
    await client.send(request('GET /'))
    await until('the request to reach the backend', () => backend.requests.length > 0)
    gateway.signal(signal)
    await gateway.exited(5000)
    expect(['end', 'reset']).toContain(await client.ending())
    expect(existsSync(gateway.workspace.path('gateway.pid'))).toBe(false)
  })
}

test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
  '%s while it starts is no failure',
  async (signal) => {
    await ensureBuilt()
    const port = await freePort()
    const workspace = new Workspace('start')
    onCleanup(() => workspace.remove())
    const http = `http: { server: { listen: 127.0.0.1:${port}, return: 204 } }`
    workspace.write('gateway.yaml', `worker_processes: 4\nerror_log: stderr notice\n${http}\n`)
    const child = spawn(process.execPath, [COMMAND, '-p', workspace.dir])
    let told = ''
    child.stderr.on('data', (bytes) => {
      // The first worker is there as a process, the last is not even that.
      if (told === '') child.kill(signal)
      told += bytes
    })
    const [code] = await once(child, 'exit')
    expect(told).toContain('start worker process')
    expect(told).not.toContain('emerg')
    expect(code).toBe(0)
    expect(existsSync(workspace.path('gateway.pid'))).toBe(false)
  },
)

test('TERM after QUIT ends what QUIT waits for', async () => {
  const backend = await httpOrigin(() => new Promise(() => {}))
  const gateway = await startGateway({ yaml: yaml(`proxy_pass: http://${backend.address}`) })
  const client = await connect(gateway.port())
  await client.send(request('GET /'))
  await until('the request to reach the backend', () => backend.requests.length > 0)
  gateway.signal('SIGQUIT')
  await gateway.logged(/gracefully shutting down/)
  gateway.signal('SIGTERM')
  await gateway.exited(5000)
})

test('WINCH stops the workers only; HUP starts new ones', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  gateway.signal('SIGWINCH')
  await until('the workers to leave', () => gateway.workers().length === 0)
  gateway.signal('SIGHUP')
  await until('new workers', async () => {
    return get(gateway.port(), '/').then(
      ({ status }) => status === 200,
      () => false,
    )
  })
  expect(gateway.workers()).toHaveLength(2)
})

test('a worker count of auto is one for each processor', async () => {
  const gateway = await startGateway({
    yaml: yaml().replace('worker_processes: 2', 'worker_processes: auto'),
  })
  const { availableParallelism } = await import('node:os')
  expect(gateway.workers()).toHaveLength(availableParallelism())
})
