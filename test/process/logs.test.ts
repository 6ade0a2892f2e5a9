import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = (more = '', main = '') => `
worker_processes: 2
${main}
http:
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 ok }
        ${more}
`

for (const how of ['USR1', '-s reopen'] as const) {
  test(`${how} goes on in new files`, async () => {
    const gateway = await startGateway({ yaml: yaml() })
    await get(gateway.port(), '/first')
    await until('the line', () => gateway.accessLog().includes('/first'))
    for (const name of ['access.log', 'error.log']) {
      renameSync(gateway.workspace.path(name), gateway.workspace.path(`${name}.1`))
    }
    if (how === 'USR1') gateway.signal('SIGUSR1')
    else await runCommand(['-s', 'reopen', '-p', gateway.dir])
    await until('the new files', () => {
      return ['access.log', 'error.log'].every((name) => existsSync(gateway.workspace.path(name)))
    })
    await until('a line in the new file', async () => {
      await get(gateway.port(), '/second')
      return gateway.accessLog().includes('/second')
    })
    expect(gateway.accessLog('access.log.1')).toContain('/first')
  })
}

test('a log that cannot be opened is told once, and requests are served', async () => {
  const gateway = await startGateway({
    yaml: yaml().replace('access.log', 'nowhere/access.log'),
    expected: [/open\(\) "[^"]*nowhere\/access\.log" failed/],
  })
  for (let i = 0; i < 20; i++) expect((await get(gateway.port(), '/')).status).toBe(200)
  const told = await gateway.logged(/nowhere\/access\.log/)
  expect(told).toMatch(/\[alert\].* failed \(2: No such file or directory\)/)
  // Once by the master and by each worker.
  expect(gateway.errorLog().match(/nowhere/g)?.length).toBeLessThanOrEqual(3)
  // Repaired while it runs.
  mkdirSync(gateway.workspace.path('nowhere'))
  gateway.signal('SIGUSR1')
  await until('lines', async () => {
    await get(gateway.port(), '/later')
    return gateway.accessLog('nowhere/access.log').includes('/later')
  })
})

test('a full disk is told, and requests are served', async () => {
  const gateway = await startGateway({
    yaml: yaml().replace('access.log', '/dev/full'),
    expected: [/write\(\) to "\/dev\/full" failed/],
  })
  for (let i = 0; i < 5; i++) expect((await get(gateway.port(), '/')).status).toBe(200)
  expect(await gateway.logged(/dev\/full/)).toContain('(28: No space left on device)')
})

test('an error log that cannot be written does not stop the gateway', async () => {
  const gateway = await startGateway({
    yaml: yaml('', 'error_log: nowhere/error.log debug'),
    expected: [/nowhere/],
  })
  expect((await get(gateway.port(), '/')).status).toBe(200)
  await until('word on stderr', () => gateway.output().includes('nowhere/error.log" failed'))
})

test('several error logs stand side by side, each with its level', async () => {
  const gateway = await startGateway({
    yaml: yaml('', 'error_log: [a.log notice, b.log crit, stderr info]'),
  })
  await gateway.reload()
  const read = (name: string) => gateway.workspace.read(name)
  await until('the reload in the log', () => /exited with code 0/.test(read('a.log')))
  expect(read('b.log')).toBe('')
  // What a process writes to a pipe is read when it arrives.
  await until('the reload on stderr', () => gateway.output().includes('exited with code 0'))
})

test('a location has its own error log', async () => {
  const gateway = await startGateway({
    yaml: yaml('/own/: { root: nothing, error_log: own.log, log_not_found: on }'),
    expected: [/nothing/],
  })
  expect((await get(gateway.port(), '/own/x')).status).toBe(404)
  await until('the line', () =>
    /\[error\].*nothing\/own\/x/.test(gateway.workspace.read('own.log')),
  )
  expect(gateway.errorLog()).not.toContain('nothing/own/x')
  rmSync(gateway.workspace.path('own.log'))
})

test('log files exist from the start', async () => {
  const gateway = await startGateway({ yaml: yaml('/own/: { error_log: own.log }') })
  for (const name of ['access.log', 'error.log', 'own.log']) {
    expect(existsSync(gateway.workspace.path(name))).toBe(true)
  }
})
