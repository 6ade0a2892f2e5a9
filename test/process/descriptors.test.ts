import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { load } from '../harness/load.ts'
import { freePort } from '../harness/ports.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

test('with few descriptors connections wait, and none is lost', async () => {
  await ensureBuilt()
  const workspace = new Workspace('descriptors')
  const port = await freePort()
  workspace.write(
    'gateway.yaml',
    `
events: { worker_connections: 5000 }
error_log: error.log info
http:
  server:
    - { listen: 127.0.0.1:${port}, return: 200 ok }
`,
  )
  // More than node itself needs; 136 are left for connections.
  const limited = ['ulimit -n 200; exec "$@"', 'sh', process.execPath, COMMAND, '-p', workspace.dir]
  const child = spawn('/bin/sh', ['-c', ...limited], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  onCleanup(async () => {
    child.kill('SIGTERM')
    await ended
    workspace.remove()
  })
  await until('the pid file', () => workspace.read('gateway.pid'))
  const result = await load({ target: port, connections: 300, requests: 2000, keepAlive: false })
  expect(result.failures).toEqual({})
  expect(workspace.read('error.log')).not.toContain('Too many open files')
}, 30_000)
