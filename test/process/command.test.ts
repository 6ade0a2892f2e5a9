import { expect, test } from 'vitest'
import { configureArguments } from '../../src/cli/configure-arguments.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const GOOD = 'http:\n  server:\n    - { listen: 127.0.0.1:8080, return: 200 ok }\n'

function folder(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace('command')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  return workspace
}

test('-v prints the version', async () => {
  const { code, stdout } = await runCommand(['-v'])
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^gateway version: gateway\/\d+\.\d+\.\d+\n$/),
  ])
})

test('-V also prints what it runs on', async () => {
  const { code, stdout } = await runCommand(['-V'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/gateway version: gateway\/\d/)
  expect(stdout).toMatch(/^plugin API version \d+$/m)
  expect(stdout).toContain(`Node ${process.versions.node}`)
  expect(stdout).toMatch(/OpenSSL \d/)
})

test("-V tells what is built in, in nginx's words", async () => {
  const { stdout } = await runCommand(['-V'])
  expect(stdout).toMatch(/^nginx version: nginx\/[\d.]+ /m)
  expect(stdout).toMatch(/^built with OpenSSL [\d.]+$/m)
  expect(stdout).toMatch(/^TLS SNI support enabled$/m)
  expect(/^configure arguments: (.*)$/m.exec(stdout)?.[1]?.split(' ')).toEqual(configureArguments())
})

for (const option of ['-h', '-?', '--help']) {
  test(`${option} prints every option, with examples`, async () => {
    const { code, stdout } = await runCommand([option])
    expect(code).toBe(0)
    for (const each of ['-c', '-p', '-g', '-e', '-s', '-t', '-T', '-q', '-v', '-V']) {
      expect(stdout).toContain(`  ${each} `)
    }
    expect(stdout).toContain('gateway -s reload')
  })
}

test('--help behind plugin, and behind each of its words, tells options and examples', async () => {
  const plugin = await runCommand(['plugin', '--help'])
  expect(plugin.stdout).toContain('  verify [options] [name...] ')
  for (const word of ['install', 'update', 'outdated', 'remove', 'info', 'pack', 'describe']) {
    const { code, stdout } = await runCommand(['plugin', word, '--help'])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`\n  gateway plugin ${word}`)])
  }
  expect((await runCommand(['plugin', 'install', '--help'])).stdout).toContain('--registry <url>')
  const none = await runCommand(['plugin'])
  expect([none.code, none.stderr]).toEqual([
    1,
    'gateway: [emerg] gateway plugin needs one of its commands; see gateway plugin --help (see gateway --help)\n',
  ])
})

test('-t tells that a configuration is good, and starts nothing', async () => {
  const workspace = folder({ 'gateway.yaml': GOOD })
  const { dir } = workspace
  const { code, stderr } = await runCommand(['-t', '-p', dir])
  const file = `${dir}/gateway.yaml`
  expect([code, stderr]).toEqual([
    0,
    `gateway: the configuration file ${file} syntax is ok\ngateway: configuration file ${file} test is successful\n`,
  ])
  expect(workspace.read('gateway.pid')).toBe('')
})

test('-t tells everything that is wrong at once, each with its place', async () => {
  const { dir } = folder({ 'bad.yaml': `nonsense: on\nworker_priority: high\n${GOOD}` })
  const { code, stderr } = await runCommand(['-t', '-c', 'bad.yaml'], { cwd: dir })
  expect(code).toBe(1)
  expect(stderr).toMatch(/gateway: \[emerg\] .*bad\.yaml:1:1: .*nonsense/)
  expect(stderr).toMatch(/gateway: \[emerg\] .*bad\.yaml:2:\d+: .*high/)
  expect(stderr).toContain(`configuration file ${dir}/bad.yaml test failed`)
})

test('-q leaves only what is wrong', async () => {
  const { dir } = folder({ 'gateway.yaml': GOOD, 'bad.yaml': 'nonsense: on' })
  expect(await runCommand(['-t', '-q', '-p', dir])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect((await runCommand(['-tq', '-p', dir, '-c', 'bad.yaml'])).stderr).toContain('nonsense')
})

test('-T prints every file', async () => {
  const { dir } = folder({ 'gateway.yaml': 'include: http.yaml', 'http.yaml': GOOD })
  const { code, stdout, stderr } = await runCommand(['-T', '-p', dir])
  expect(code).toBe(0)
  expect(stdout).toContain(`# configuration file ${dir}/gateway.yaml:\ninclude: http.yaml\n`)
  expect(stdout).toContain(`# configuration file ${dir}/http.yaml:\n${GOOD}`)
  expect(stderr).toContain('test is successful')
})

test('-T of a bad configuration prints what is wrong and fails', async () => {
  const { dir } = folder({ 'gateway.yaml': 'nonsense: on' })
  const { code, stdout, stderr } = await runCommand(['-T', '-p', dir])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('test failed')
})

test('-g gives directives besides the file', async () => {
  const { dir } = folder({ 'gateway.yaml': GOOD })
  const good = await runCommand(['-t', '-p', dir, '-g', 'worker_processes 3; pid x.pid;'])
  expect(good.code).toBe(0)
  const bad = await runCommand(['-t', '-p', dir, '-g', 'nonsense on;'])
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('nonsense')])
})

test('a file that is not there is told', async () => {
  const { dir } = folder({})
  const { code, stderr } = await runCommand(['-p', dir])
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/gateway: \[emerg\] .*gateway\.yaml.*no such file/is),
  ])
})

test('what is wrong at start also stands in the log of -e, which is there in any case', async () => {
  const workspace = folder({ 'gateway.yaml': 'nonsense: on' })
  await runCommand(['-p', workspace.dir, '-e', 'error.log'])
  expect(workspace.read('error.log')).toMatch(/^\d{4}\/\d\d\/\d\d .*\[emerg\] \d+#\d+: .*nonsense/)
})

for (const words of [['--nonsense'], ['-s', 'nonsense'], ['-c'], ['extra']]) {
  test(`a command line such as ${JSON.stringify(words.join(' '))} is refused`, async () => {
    const { code, stderr } = await runCommand(words)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^gateway: \[emerg\] .*--help/s)])
  })
}

test('-s without a running gateway says so', async () => {
  const { dir } = folder({ 'gateway.yaml': GOOD })
  const none = await runCommand(['-s', 'reload', '-p', dir])
  expect([none.code, none.stderr]).toEqual([
    1,
    `gateway: [error] not running: there is no pid file "${dir}/gateway.pid"\n`,
  ])
})

test('-s with a stale or broken pid file says so', async () => {
  const workspace = folder({ 'gateway.yaml': `${GOOD}pid: sub.pid\n`, 'sub.pid': '999999999\n' })
  const stale = await runCommand(['-s', 'stop', '-p', workspace.dir])
  expect([stale.code, stale.stderr]).toEqual([
    1,
    expect.stringMatching(/not running: .* process 999999999, which is gone/),
  ])
  workspace.write('sub.pid', 'rubbish')
  const broken = await runCommand(['-s', 'stop', '-p', workspace.dir])
  expect([broken.code, broken.stderr]).toEqual([1, expect.stringMatching(/invalid pid file/)])
})

const SERVED = `
http:
  server:
    - { listen: 127.0.0.1:%%PORT%%, return: 200 old }
`

test('-s reload takes up a changed configuration', async () => {
  const gateway = await startGateway({ yaml: SERVED })
  await gateway.configure(SERVED.replace('old', 'new'))
  const { code, stderr } = await runCommand(['-s', 'reload', '-p', gateway.dir])
  expect([code, stderr]).toEqual([0, ''])
  await until('the new configuration', async () => (await get(gateway.port(), '/')).text === 'new')
})

for (const name of ['quit', 'stop'] as const) {
  test(`-s ${name} ends a gateway, even one whose configuration is broken by now`, async () => {
    const gateway = await startGateway({ yaml: SERVED })
    await gateway.configure('nonsense: on')
    expect((await runCommand(['-s', name, '-p', gateway.dir])).code).toBe(0)
    await gateway.exited()
  })
}
