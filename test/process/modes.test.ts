import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { startLoad } from '../harness/load.ts'
import { freePort } from '../harness/ports.ts'
import { isAlive, processFacts } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const yaml = (main: string, text = 'ok') => `
${main}
http:
  server:
    - { listen: 127.0.0.1:%%PORT%%, return: 200 "${text}" }
`

test('in the background: the command ends when all workers accept, the gateway stays', async () => {
  const workspace = new Workspace('daemon')
  onCleanup(() => workspace.remove())
  const port = await freePort()
  workspace.write(
    'gateway.yaml',
    yaml('daemon: on\nworker_processes: 2\nerror_log: error.log notice').replace(
      '%%PORT%%',
      String(port),
    ),
  )
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  const pid = Number(workspace.read('gateway.pid'))
  onCleanup(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
  expect([code, stderr]).toEqual([0, ''])
  expect((await get(port, '/')).text).toBe('ok')
  // A session and group of its own: no terminal's signals reach it.
  expect(processFacts(pid)?.group).toBe(pid)
  expect((await runCommand(['-s', 'quit', '-p', workspace.dir])).code).toBe(0)
  await until('the end', () => !isAlive(pid))
  expect(existsSync(workspace.path('gateway.pid'))).toBe(false)
  expect(workspace.read('error.log')).toContain('exit')
})

test('in the background: a start that fails is told, and the command fails', async () => {
  const other = await startGateway({ yaml: yaml('') })
  const workspace = new Workspace('daemon')
  onCleanup(() => workspace.remove())
  workspace.write('gateway.yaml', yaml('daemon: on').replace('%%PORT%%', String(other.port())))
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect(code).toBe(1)
  expect(stderr).toContain(`gateway: [emerg] bind() to 127.0.0.1:${other.port()} failed (98:`)
  expect(existsSync(workspace.path('gateway.pid'))).toBe(false)
})

test('in the background: a bad configuration is told before', async () => {
  const workspace = new Workspace('daemon')
  onCleanup(() => workspace.remove())
  workspace.write('gateway.yaml', 'daemon: on\nnonsense: on\n')
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect([code, stderr]).toEqual([1, expect.stringContaining('nonsense')])
})

const SINGLE = 'master_process: off\nworker_processes: 4'

test('without a master one process does everything', async () => {
  const gateway = await startGateway({ yaml: yaml(SINGLE, '$pid') })
  expect(gateway.workers()).toEqual([])
  expect((await get(gateway.port(), '/')).text).toBe(String(gateway.pid))
  await gateway.stop()
  expect(existsSync(gateway.workspace.path('gateway.pid'))).toBe(false)
})

test('without a master: HUP reloads, and no request fails', async () => {
  const gateway = await startGateway({ yaml: yaml(SINGLE, 'old') })
  const load = startLoad({ target: gateway.port(), connections: 4, think: 5 })
  await load.reached(20)
  const idle = await connect(gateway.port())
  await idle.exchange(request('GET /'))
  await gateway.configure(yaml(SINGLE, 'new'))
  gateway.signal('SIGHUP')
  await until('the new one', async () => (await get(gateway.port(), '/')).text === 'new')
  const last = await idle.exchange(request('GET /'))
  expect([last.text, last.headers.all('connection')]).toEqual(['old', ['close']])
  await load.reached(load.ok + 20)
  expect((await load.stop()).failures).toEqual({})
})

test('without a master: USR2 is refused, and it serves on', async () => {
  const gateway = await startGateway({ yaml: yaml(SINGLE), expected: [/signal is ignored/] })
  gateway.signal('SIGUSR2')
  await gateway.logged(/only a master process changes the binary: the signal is ignored/)
  expect(existsSync(gateway.workspace.path('gateway.pid.oldbin'))).toBe(false)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
})

test('without a master: a bad configuration changes nothing', async () => {
  const gateway = await startGateway({ yaml: yaml(SINGLE), expected: [/nonsense/] })
  await gateway.configure(`${yaml(SINGLE)}nonsense: on`)
  gateway.signal('SIGHUP')
  await gateway.logged(/nonsense/)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  gateway.signal('SIGTERM')
  await gateway.exited()
})
