import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { type Handle, newPipeServer, newTcpServer } from '../../src/kernel/socket/binding.ts'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { freePort } from '../harness/ports.ts'
import { isAlive, signal } from '../harness/processes.ts'
import { connect, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { gone, upgrade } from '../harness/upgrade.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

vi.setConfig({ testTimeout: 60_000 })

/** For `test.skipIf`: whether a command is missing here. */
const missing = (command: string) => spawnSync(command, ['--version']).error !== undefined

const yaml = (listens: readonly string[], main = '') => `
worker_processes: 2
${main}
http:
  server:
    - listen: [${listens.map((each) => JSON.stringify(each)).join(', ')}]
      return: 200 "$pid"
`

/** A service manager's socket: it listens here, accepts nothing, and stays until the test is over. */
function hold(handle: Handle, failed: number): number {
  expect(failed).toBe(0)
  // Another process makes it listen: this one would accept.
  const listen = `require('node:net').createServer().listen({ fd: 3 }, () => process.exit())`
  const stdio = ['ignore', 'ignore', 'inherit', handle.fd] as const
  expect(spawnSync(process.execPath, ['-e', listen], { stdio: [...stdio] }).status).toBe(0)
  onCleanup(() => handle.close())
  return handle.fd
}

function holdPort(port: number, host = '127.0.0.1'): number {
  const handle = newTcpServer()
  const failed = host.includes(':') ? handle.bind6?.(host, port, 1) : handle.bind(host, port, 0)
  // Only then the system has really bound it.
  return hold(handle, failed || handle.getsockname?.({}) || 0)
}

function holdPath(path: string): number {
  const handle = newPipeServer()
  return hold(handle, handle.bind(path))
}

test('lent sockets are served over reloads and upgrades, and stay what they were', async () => {
  const folder = new Workspace('lent')
  onCleanup(() => folder.remove())
  const [port, port6, path] = [await freePort(), await freePort(), folder.path('x.sock')]
  const lent = [holdPort(port), holdPort(port6, '::1'), holdPath(path)]
  const inode = statSync(path).ino
  const listens = [`127.0.0.1:${port}`, `[::1]:${port6}`, `unix:${path}`]
  const gateway = await startGateway({ yaml: yaml(listens), lent })
  const serves = async () => {
    expect((await get(port, '/')).status).toBe(200)
    const client = await connect(port6, { host: '::1' })
    client.destroy()
    expect((await get(path, '/')).status).toBe(200)
  }
  await serves()
  await gateway.reload()
  await serves()
  const fresh = await upgrade(gateway)
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  await serves()
  signal(fresh, 'SIGHUP')
  await gateway.logged(new RegExp(`${fresh}#.*SIGHUP`))
  signal(fresh, 'SIGQUIT')
  await gateway.exited()
  // Whoever comes while nobody serves waits for the next start.
  expect(statSync(path).ino).toBe(inode)
  for (const target of [port, path]) (await connect(target)).destroy()
  expect(gateway.output() + gateway.errorLog()).not.toContain('[warn]')
})

test('a lent socket nobody listens on is told, and closed', async () => {
  const [used, unused] = [await freePort(), await freePort()]
  const lent = [holdPort(unused), holdPort(used)]
  const gateway = await startGateway({ yaml: yaml([`127.0.0.1:${used}`]), lent })
  expect(gateway.errorLog()).toContain(
    `[warn] ${gateway.pid}#${gateway.pid}: the service manager listens on 127.0.0.1:${unused}, but`,
  )
  const inode = new RegExp(`socket:\\[${inodeOf(lent[0])}\\]`)
  for (const pid of gateway.processes()) expect(socketsOf(pid)).not.toMatch(inode)
  expect(socketsOf(gateway.pid)).toContain(`socket:[${inodeOf(lent[1])}]`)
  expect((await get(used, '/')).status).toBe(200)
})

test('an address that is in the way may be the lent one nobody uses', async () => {
  const port = await freePort()
  const lent = [holdPort(port)]
  const start = startGateway({ yaml: yaml([`*:${port}`]), lent })
  await expect(start).rejects.toThrow(
    new RegExp(
      `listens on 127.0.0.1:${port}, but no[^]*bind\\(\\) to 0.0.0.0:${port} failed \\(98`,
    ),
  )
})

test('descriptors for another process, and what is no socket, are left alone', async () => {
  const port = await freePort()
  const env = { LISTEN_PID: '1', LISTEN_FDS: '3' }
  const own = await startGateway({ yaml: yaml([`127.0.0.1:${port}`]), env })
  expect((await get(port, '/')).status).toBe(200)
  await own.stop()
  const lent = [openSync('/dev/null', 'r'), holdPort(port)]
  const gateway = await startGateway({ yaml: yaml([`127.0.0.1:${port}`]), lent })
  expect(gateway.errorLog()).toContain('descriptor 3 is no listening socket, ignored')
  expect((await get(port, '/')).status).toBe(200)
})

test('in the background lent sockets are served, too', async () => {
  const port = await freePort()
  const lent = [holdPort(port)]
  const gateway = await startGateway({ yaml: yaml([`127.0.0.1:${port}`], 'daemon: on'), lent })
  expect((await get(port, '/')).status).toBe(200)
  expect(gateway.errorLog()).not.toMatch(/\[(?!notice)/)
  await gateway.stop()
})

test('one process serves lent sockets, and leaves a path where it is', async () => {
  const folder = new Workspace('lent')
  onCleanup(() => folder.remove())
  const path = folder.path('x.sock')
  const text = yaml([`unix:${path}`], 'master_process: off')
  const gateway = await startGateway({ yaml: text, lent: [holdPath(path)] })
  expect((await get(path, '/')).text).toBe(String(gateway.pid))
  await gateway.stop()
  expect(existsSync(path)).toBe(true)
})

test.skipIf(missing('systemd-socket-activate'))(
  'systemd-socket-activate starts it with the first connection',
  async () => {
    await ensureBuilt()
    const workspace = new Workspace('activate')
    const port = await freePort()
    workspace.write('gateway.yaml', yaml([`127.0.0.1:${port}`, `unix:${workspace.path('x.sock')}`]))
    const child = spawn(
      'systemd-socket-activate',
      [
        ...['-l', `127.0.0.1:${port}`, '-l', workspace.path('x.sock')],
        ...[process.execPath, COMMAND, '-p', workspace.dir],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    onCleanup(async () => {
      child.kill('SIGTERM')
      await ended
      workspace.remove()
    })
    await until('the addresses', () => said.includes('x.sock'))
    expect((await get(port, '/')).status).toBe(200)
    expect((await get(workspace.path('x.sock'), '/')).status).toBe(200)
    await until('the pid file', () => Number(workspace.read('gateway.pid')) === child.pid)
    expect(said).not.toMatch(/gateway: |\[\w+\]/)
  },
)

/** What the service manager hears; one line for each message. */
async function listenForNotices(folder: Workspace): Promise<{ path: string; heard: string[] }> {
  const path = folder.path('notify.sock')
  const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    print(s.recv(4096).decode().strip().replace('\\n', ' '), flush=True)
`
  const child = spawn('python3', ['-c', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onCleanup(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    // What the command asks on its own: whether the message before was read.
    if (line !== 'BARRIER=1') lines.push(line.replace(/\d{6,}$/, 'N'))
  })
  await until('the receiver', () => lines[0] === 'bound')
  lines.pop()
  return { path, heard: lines }
}

const noNotices = missing('systemd-notify') || missing('python3')

test.skipIf(noNotices)('the service manager hears of starts, reloads and the end', async () => {
  const folder = new Workspace('notify')
  onCleanup(() => folder.remove())
  const { path, heard } = await listenForNotices(folder)
  const gateway = await startGateway({
    yaml: yaml(['127.0.0.1:%%PORT%%']),
    env: { NOTIFY_SOCKET: path },
    expected: [/nonsense|reload failed/],
  })
  const hears = async (...lines: string[]) => {
    await until(`${lines}`, () => heard.length >= lines.length)
    expect(heard.splice(0)).toEqual(lines)
  }
  const ready = (pid: number) => `READY=1 MAINPID=${pid}`
  const reload = ['RELOADING=1 MONOTONIC_USEC=N', ready(gateway.pid)]
  await hears(ready(gateway.pid))
  gateway.signal('SIGHUP')
  await hears(...reload)
  await gateway.configure('nonsense: on')
  gateway.signal('SIGHUP')
  await hears(...reload)
  await gateway.configure(yaml(['127.0.0.1:%%PORT%%']))
  const back = await upgrade(gateway)
  signal(back, 'SIGHUP')
  await gateway.logged(new RegExp(`${back}#.*SIGHUP`))
  signal(back, 'SIGQUIT')
  await until(
    'the old pid file to go',
    () => !existsSync(gateway.workspace.path('gateway.pid.oldbin')),
  )
  const fresh = await upgrade(gateway)
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  await hears(`MAINPID=${fresh}`)
  signal(fresh, 'SIGHUP')
  await hears('RELOADING=1 MONOTONIC_USEC=N', ready(fresh))
  signal(fresh, 'SIGTERM')
  await gateway.exited()
  await hears('STOPPING=1')
})

test.skipIf(noNotices)('one process says so, too', async () => {
  const folder = new Workspace('notify')
  onCleanup(() => folder.remove())
  const { path, heard } = await listenForNotices(folder)
  const text = yaml(['127.0.0.1:%%PORT%%'], 'master_process: off')
  const gateway = await startGateway({ yaml: text, env: { NOTIFY_SOCKET: path } })
  await until('the start', () => heard.length === 1)
  gateway.signal('SIGHUP')
  await until('the reload', () => heard.length === 3)
  await gateway.stop()
  await until('the end', () => heard.length === 4)
  const ready = `READY=1 MAINPID=${gateway.pid}`
  expect(heard).toEqual([ready, 'RELOADING=1 MONOTONIC_USEC=N', ready, 'STOPPING=1'])
})

test('without systemd-notify the gateway serves, and says what is missing', async () => {
  const gateway = await startGateway({
    yaml: yaml(['127.0.0.1:%%PORT%%'], 'error_log: notices.log warn'),
    env: { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' },
  })
  const log = () => gateway.workspace.read('notices.log')
  await until('the warning', () => log().includes('systemd-notify: it is not installed'))
  expect((await get(gateway.port(), '/')).status).toBe(200)
  await gateway.stop()
  // Told once.
  expect(log().split('it is not installed')).toHaveLength(2)
})

test.skipIf(missing('systemd-notify'))('that a notice cannot be sent is told', async () => {
  const gateway = await startGateway({
    yaml: yaml(['127.0.0.1:%%PORT%%'], 'error_log: notices.log warn'),
    env: { NOTIFY_SOCKET: '/nowhere' },
  })
  await until('the warning', () =>
    /\[warn\].*not told of this: systemd-notify: .*/.test(gateway.workspace.read('notices.log')),
  )
  await gateway.stop()
})

test.skipIf(missing('systemd-analyze'))('systemd takes the sample units', async () => {
  await ensureBuilt()
  const folder = new Workspace('units')
  onCleanup(() => folder.remove())
  const unit = (name: string) => readFileSync(`packaging/${name}`, 'utf8')
  folder.write('gateway.service', unit('gateway.service').replaceAll('/usr/bin/gateway', COMMAND))
  folder.write('gateway.socket', unit('gateway.socket'))
  const run = (...words: string[]) =>
    spawnSync('systemd-analyze', words, { cwd: folder.dir, encoding: 'utf8' })
  const { stderr, status } = run('verify', './gateway.service', './gateway.socket')
  expect([status, stderr]).toEqual([0, ''])
  // Of 100, for no protection at all.
  const security = run('security', '--offline=yes', '--threshold=25', './gateway.service')
  expect(security.status).toBe(0)
})

test('the sample for logrotate reopens the logs of both masters', async () => {
  const gateway = await startGateway({ yaml: yaml(['127.0.0.1:%%PORT%%']) })
  const fresh = await upgrade(gateway)
  const sample = readFileSync('packaging/gateway.logrotate', 'utf8')
  const script = /postrotate\n([\s\S]*?)\n\s*endscript/.exec(sample)?.[1] ?? ''
  execFileSync('sh', ['-ec', script.replaceAll('/run/gateway', gateway.dir)])
  for (const pid of [gateway.pid, fresh]) {
    await gateway.logged(new RegExp(`${pid}#.*SIGUSR1 received, reopening logs`))
  }
  expect(isAlive(fresh)).toBe(true)
  signal(fresh, 'SIGQUIT')
  await gone(fresh)
  await until('the old pid file to go', () => !existsSync(`${gateway.dir}/gateway.pid.oldbin`))
  // One pid file is the usual case, and no error.
  execFileSync('sh', ['-ec', script.replaceAll('/run/gateway', gateway.dir)])
  expect((await runCommand(['-s', 'reopen', '-p', gateway.dir])).code).toBe(0)
})

function inodeOf(fd = -1): string {
  return (
    /\d+/.exec(
      execFileSync('readlink', [`/proc/${process.pid}/fd/${fd}`], { encoding: 'utf8' }),
    )?.[0] ?? ''
  )
}

function socketsOf(pid: number): string {
  return execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' })
}
