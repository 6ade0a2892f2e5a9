import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { startLoad } from '../harness/load.ts'
import { NGINX, nginxMissing } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'
import { childrenOf, isAlive, processFacts, signal } from '../harness/processes.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { gone, upgrade, workersOf } from '../harness/upgrade.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

// Starting a gateway takes a while on a busy machine, and each test starts several.
vi.setConfig({ testTimeout: 60_000 })

const yaml = (text = '$pid', ...listens: string[]) => `
worker_processes: 2
http:
  server:
    - listen: [${['127.0.0.1:%%PORT%%', ...listens].join(', ')}]
      location: { /: { return: 200 "${text}" } }
`
const IGNORED = 'the changing binary signal is ignored'
const KILLED = /new binary process \d+ exited on signal 9/

/** What the pid files say. */
function pidFiles({ workspace }: Gateway): readonly number[] {
  return ['gateway.pid', 'gateway.pid.oldbin'].map((name) => Number(workspace.read(name)))
}

/** Waits until somebody of these has answered. */
async function served(port: number, workers: readonly number[]): Promise<void> {
  await until(`an answer of ${workers}`, async () =>
    workers.includes(Number((await get(port, '/')).text)),
  )
}

test('USR2 starts a new master, both serve, and the pid files tell which is which', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  const fresh = await upgrade(gateway)
  expect(pidFiles(gateway)).toEqual([fresh, gateway.pid])
  await served(gateway.port(), workersOf(gateway.pid))
  await served(gateway.port(), workersOf(fresh))
  await gateway.logged(new RegExp(`new binary process ${fresh} serves`))
})

test('QUIT to the old master goes forward', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  const fresh = await upgrade(gateway)
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  expect(pidFiles(gateway)).toEqual([fresh, 0])
  await served(gateway.port(), workersOf(fresh))
  // And again from there: nothing of the first one is left in the way.
  const next = await upgrade(gateway, fresh)
  expect(pidFiles(gateway)).toEqual([next, fresh])
  signal(fresh, 'SIGQUIT')
  await gone(fresh)
  await served(gateway.port(), workersOf(next))
  signal(next, 'SIGQUIT')
  await gateway.exited()
  expect(pidFiles(gateway)).toEqual([0, 0])
})

for (const how of ['SIGQUIT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`${how} to the new master goes back`, async () => {
    const gateway = await startGateway({ yaml: yaml(), expected: [KILLED] })
    const before = workersOf(gateway.pid)
    const fresh = await upgrade(gateway)
    const others = workersOf(fresh)
    signal(fresh, how)
    await until('the pid file', () => pidFiles(gateway)[0] === gateway.pid)
    expect(pidFiles(gateway)).toEqual([gateway.pid, 0])
    for (const each of others) await gone(each)
    expect(workersOf(gateway.pid)).toEqual(before)
    await served(gateway.port(), before)
  })
}

test('no request fails while masters come and go', async () => {
  const gateway = await startGateway({ yaml: yaml('ok'), expected: [KILLED] })
  const target = gateway.port()
  const loads = [
    startLoad({ target, connections: 6, think: 5 }),
    startLoad({ target, connections: 4, keepAlive: false, think: 5 }),
  ]
  const more = () => Promise.all(loads.map((load) => load.reached(load.ok + 20)))
  await more()
  let master = gateway.pid
  for (const how of ['SIGQUIT', 'SIGKILL', 'SIGTERM'] as const) {
    const fresh = await upgrade(gateway, master)
    await more()
    // Workers end at once at TERM, as they are told; QUIT first.
    if (how === 'SIGTERM') signal(fresh, 'SIGWINCH')
    if (how === 'SIGTERM') await until('its workers to leave', () => workersOf(fresh).length === 0)
    signal(fresh, how)
    await until('the pid file', () => pidFiles(gateway)[0] === master)
    await more()
    const next = await upgrade(gateway, master)
    await more()
    signal(master, 'SIGQUIT')
    await gone(master)
    master = next
    await more()
  }
  for (const load of loads) expect((await load.stop()).failures).toEqual({})
}, 180_000)

test('WINCH sends the old workers away, HUP brings them back with the old configuration', async () => {
  const gateway = await startGateway({ yaml: yaml('one') })
  const fresh = await upgrade(gateway)
  await gateway.configure(yaml('two'))
  gateway.signal('SIGWINCH')
  await until('the old workers to leave', () => workersOf(gateway.pid).length === 0)
  gateway.signal('SIGHUP')
  await until('the old workers to be back', () => workersOf(gateway.pid).length === 2)
  signal(fresh, 'SIGQUIT')
  await until('the pid file', () => pidFiles(gateway)[0] === gateway.pid)
  expect((await get(gateway.port(), '/')).text).toBe('one')
  expect(workersOf(gateway.pid)).toHaveLength(2)
  // Without a successor HUP is a reload again.
  gateway.signal('SIGHUP')
  await until('the new text', async () => (await get(gateway.port(), '/')).text === 'two')
})

test('HUP to an old master whose workers serve changes nothing', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  await upgrade(gateway)
  const before = workersOf(gateway.pid)
  gateway.signal('SIGHUP')
  await gateway.logged(/SIGHUP received/)
  // Taken in turn: when the next signal was handled, this one was, too.
  gateway.signal('SIGUSR1')
  await gateway.logged(/SIGUSR1 received/)
  expect(workersOf(gateway.pid)).toEqual(before)
})

test('workers that were sent away come back when the new master dies', async () => {
  const gateway = await startGateway({ yaml: yaml('ok'), expected: [KILLED] })
  const fresh = await upgrade(gateway)
  gateway.signal('SIGWINCH')
  await until('the old workers to leave', () => workersOf(gateway.pid).length === 0)
  const answer = get(gateway.port(), '/')
  signal(fresh, 'SIGKILL')
  expect((await answer).text).toBe('ok')
  await until('the old workers to be back', () => workersOf(gateway.pid).length === 2)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  expect(pidFiles(gateway)).toEqual([gateway.pid, 0])
})

test('a second USR2 is refused by both', async () => {
  const gateway = await startGateway({ yaml: yaml(), expected: [/signal is ignored/] })
  const fresh = await upgrade(gateway)
  for (const pid of [gateway.pid, fresh]) {
    signal(pid, 'SIGUSR2')
    await gateway.logged(
      new RegExp(`\\[crit\\] ${pid}#\\d+: the changing binary signal is ignored: you should`),
    )
  }
  expect(pidFiles(gateway)).toEqual([fresh, gateway.pid])
})

test('a new master that cannot start is reported, and the old one serves on', async () => {
  const gateway = await startGateway({
    yaml: yaml('ok'),
    expected: [/nonsense|exited with code 1/],
  })
  await gateway.configure(`${yaml('bad')}nonsense: on\n`)
  gateway.signal('SIGUSR2')
  await gateway.logged(/\[error\] .*new binary process \d+ exited with code 1/)
  expect(gateway.errorLog()).toMatch(
    new RegExp(`\\[emerg\\] ${gateway.pid}#.*gateway\\.yaml:\\d+:\\d+: .*nonsense`),
  )
  expect(pidFiles(gateway)).toEqual([gateway.pid, 0])
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  await gateway.configure(yaml('better'))
  const fresh = await upgrade(gateway)
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  expect((await get(gateway.port(), '/')).text).toBe('better')
  expect(pidFiles(gateway)).toEqual([fresh, 0])
})

test.skipIf(nginxMissing())('pid files and messages are those of nginx at every step', async () => {
  const gateway = await startGateway({ yaml: yaml(), expected: [/./] })
  const ours = await steps(gateway.pid, gateway.workspace.path('gateway.pid'), () =>
    gateway.errorLog(),
  )
  const server = await daemonOfNginx()
  const itsLog = () => server.read('error.log')
  const pid = Number(server.read('nginx.pid'))
  expect(ours).toEqual(await steps(pid, server.path('nginx.pid'), itsLog))
  for (const text of [IGNORED, 'exited on signal 9']) {
    const lines = (log: string) => log.split('\n').filter((line) => line.includes(text))
    const said = (log: string) => lines(log).map((line) => line.replace(/.*(?=\[)|\d{2,}/g, ''))
    expect(said(gateway.errorLog())).toEqual(said(itsLog()))
  }
})

/** In the foreground nginx refuses to be replaced. */
async function daemonOfNginx(): Promise<Workspace> {
  const workspace = new Workspace('nginx')
  const port = await freePort()
  const http = `http { access_log off; server { listen 127.0.0.1:${port}; return 204; } }`
  workspace.write('nginx.conf', `pid nginx.pid; error_log error.log; events {} ${http}`)
  execFileSync(NGINX, ['-p', workspace.dir, '-c', 'nginx.conf', '-e', 'error.log'])
  await until('nginx', () => workspace.read('nginx.pid').endsWith('\n'))
  onCleanup(async () => {
    const masters = ['nginx.pid', 'nginx.pid.oldbin'].map((name) => Number(workspace.read(name)))
    for (const pid of masters.filter((each) => each > 0)) {
      signal(pid, 'SIGTERM')
      await gone(pid)
    }
    workspace.remove()
  })
  return workspace
}

/** Goes back, back by force, and forward; who stands in the pid file and in that of the old one. */
async function steps(old: number, file: string, log: () => string): Promise<readonly string[]> {
  const read = (path: string) => (existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0)
  const seen: string[] = []
  let fresh = 0
  const look = () => {
    const names: Record<number, string> = { 0: '-', [old]: 'old', [fresh]: 'new' }
    seen.push([file, `${file}.oldbin`].map((path) => names[read(path)]).join(' '))
  }
  for (const [how, whom] of [
    ['SIGQUIT', 'new'],
    ['SIGKILL', 'new'],
    ['SIGQUIT', 'old'],
  ] as const) {
    // A master of nginx may sleep over a signal that comes before it has workers.
    await until('workers', () => childrenOf(old).length > 0)
    signal(old, 'SIGUSR2')
    fresh = await until('the new master', () => read(file) !== old && read(file))
    const workers = await until('its workers', () => {
      const found = childrenOf(fresh)
      return found.length > 0 && found
    })
    // Those of nginx outlive a master that was killed.
    onCleanup(() => {
      for (const pid of workers) signal(pid, 'SIGKILL')
    })
    look()
    if (how === 'SIGKILL') {
      for (const pid of [old, fresh]) signal(pid, 'SIGUSR2')
      await until('both to refuse', () => log().split(IGNORED).length === 3)
    }
    signal(whom === 'new' ? fresh : old, how)
    await gone(whom === 'new' ? fresh : old)
    await until('the old pid file to go', () => !existsSync(`${file}.oldbin`))
    look()
  }
  signal(fresh, 'SIGQUIT')
  await gone(fresh)
  look()
  return seen
}

test('what is at the path of the program is started, with the same words', async () => {
  await ensureBuilt()
  const bin = new Workspace('bin')
  onCleanup(() => bin.remove())
  const command = bin.path('current')
  const install = (file: string) => {
    if (existsSync(command)) unlinkSync(command)
    symlinkSync(file, command)
  }
  install(COMMAND)
  const expected = [/exited with code 3|worker process \d+ exited on signal 9/]
  const gateway = await startGateway({ yaml: yaml(), command, args: ['-g', 'env A=1;'], expected })
  install(bin.write('broken.mjs', 'process.exit(3)\n'))
  gateway.signal('SIGUSR2')
  await gateway.logged(/new binary process \d+ exited with code 3/)
  expect(pidFiles(gateway)).toEqual([gateway.pid, 0])
  // Workers of the old program are started from its own files.
  const before = workersOf(gateway.pid)
  signal(before[0] ?? 0, 'SIGKILL')
  await until('another worker', () => {
    const now = workersOf(gateway.pid)
    return now.length === 2 && now.some((pid) => !before.includes(pid))
  })
  const version2 = `import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(bin.path('words'))}, process.argv.slice(2).join(' '))
    await import(${JSON.stringify(COMMAND)})\n`
  install(bin.write('two.mjs', version2))
  const fresh = await upgrade(gateway)
  expect(bin.read('words')).toBe(`-p ${gateway.dir} -c gateway.yaml -e error.log -g env A=1;`)
  await served(gateway.port(), workersOf(fresh))
})

test('a unix socket keeps its path as long as anybody serves it', async () => {
  const gateway = await startGateway({ yaml: yaml('ok', 'unix:%%DIR%%/x.sock') })
  const path = gateway.workspace.path('x.sock')
  const back = await upgrade(gateway)
  signal(back, 'SIGQUIT')
  await until('the pid file', () => pidFiles(gateway)[0] === gateway.pid)
  expect((await get(path, '/')).text).toBe('ok')
  const fresh = await upgrade(gateway)
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  expect((await get(path, '/')).text).toBe('ok')
  signal(fresh, 'SIGQUIT')
  await gateway.exited()
  expect(existsSync(path)).toBe(false)
})

test('addresses may change with the program, and no process holds on to the old ones', async () => {
  const gateway = await startGateway({
    yaml: yaml('one', '127.0.0.1:%%PORT_1%%', '127.0.0.1:%%PORT_2%%'),
  })
  await gateway.configure(yaml('two', '127.0.0.1:%%PORT_1%%', '127.0.0.1:%%PORT_3%%'))
  const fresh = await upgrade(gateway)
  expect((await get(gateway.port(2), '/')).text).toBe('one')
  expect((await get(gateway.port(3), '/')).text).toBe('two')
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  await expect(get(gateway.port(2), '/')).rejects.toThrow(/ECONNREFUSED/)
  await gateway.configure(yaml('three'))
  signal(fresh, 'SIGHUP')
  await until('the reload', async () => (await get(gateway.port(), '/')).text === 'three')
  await until('the address to be free', () =>
    get(gateway.port(1), '/').then(
      () => false,
      ({ message }) => message.includes('ECONNREFUSED'),
    ),
  )
})

test('each master has zones of its own, and takes them with it', async () => {
  const zones = (master: number) => {
    const environment = readFileSync(`/proc/${workersOf(master)[0]}/environ`, 'utf8')
    return /GATEWAY_ZONES=([^\0]*)/.exec(environment)?.[1] ?? ''
  }
  const gateway = await startGateway({ yaml: yaml() })
  const fresh = await upgrade(gateway)
  const [first, second] = [zones(gateway.pid), zones(fresh)]
  expect(first).not.toBe(second)
  expect([first, second].map((each) => existsSync(each))).toEqual([true, true])
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  expect([first, second].map((each) => existsSync(each))).toEqual([false, true])
})

test('masters keep their rights, workers of both have given them away', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('only root can give its rights away')
  const owner = (pid: number) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  const gateway = await startGateway({ yaml: `user: daemon\n${yaml('ok', 'unix:%%DIR%%/x.sock')}` })
  const fresh = await upgrade(gateway)
  expect([gateway.pid, fresh].map((pid) => owner(pid)?.[1])).toEqual(['0', '0'])
  const workers = [...workersOf(gateway.pid), ...workersOf(fresh)].map((pid) => owner(pid)?.[1])
  expect([workers.length, workers.includes('0')]).toEqual([4, false])
  gateway.signal('SIGQUIT')
  await gone(gateway.pid)
  expect((await get(gateway.workspace.path('x.sock'), '/')).text).toBe('ok')
})

test('QUIT to all processes, as a service manager sends it, ends both masters', async () => {
  const gateway = await startGateway({ yaml: yaml() })
  await upgrade(gateway)
  for (const pid of gateway.processes()) signal(pid, 'SIGQUIT')
  await gateway.exited()
  expect(pidFiles(gateway)).toEqual([0, 0])
})

test('an upgrade that is asked for during a reload comes after it', async () => {
  const gateway = await startGateway({ yaml: yaml('one') })
  await gateway.configure(yaml('two'))
  gateway.signal('SIGHUP')
  await gateway.logged(/SIGHUP received/)
  const fresh = await upgrade(gateway)
  signal(fresh, 'SIGQUIT')
  await until('the pid file', () => pidFiles(gateway)[0] === gateway.pid)
  expect((await get(gateway.port(), '/')).text).toBe('two')
})

test('a pid file that cannot be renamed refuses the upgrade', async () => {
  const gateway = await startGateway({ yaml: yaml('ok'), expected: [/rename\(\)/] })
  unlinkSync(gateway.workspace.path('gateway.pid'))
  gateway.signal('SIGUSR2')
  await gateway.logged(/\[alert\] .*rename\(\) .*gateway\.pid to .*\.oldbin failed \(2: /)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
})

test('in the background: the new master is no further daemon, and `-s` finds it', async () => {
  const workspace = new Workspace('daemon')
  onCleanup(() => workspace.remove())
  const port = await freePort()
  const text = yaml('ok').replace('%%PORT%%', String(port))
  workspace.write('gateway.yaml', `daemon: on\nerror_log: error.log notice\n${text}`)
  expect((await runCommand(['-p', workspace.dir])).code).toBe(0)
  const old = Number(workspace.read('gateway.pid'))
  onCleanup(() => void (isAlive(old) && process.kill(old, 'SIGKILL')))
  process.kill(old, 'SIGUSR2')
  const fresh = await until('the new master', () => {
    const pid = Number(workspace.read('gateway.pid'))
    return pid > 0 && pid !== old && pid
  })
  onCleanup(() => void (isAlive(fresh) && process.kill(fresh, 'SIGKILL')))
  expect(processFacts(fresh)?.parent).toBe(old)
  process.kill(old, 'SIGQUIT')
  await gone(old)
  expect((await get(port, '/')).text).toBe('ok')
  expect((await runCommand(['-s', 'quit', '-p', workspace.dir])).code).toBe(0)
  await gone(fresh)
  expect(existsSync(workspace.path('gateway.pid'))).toBe(false)
  expect(workspace.read('error.log')).not.toMatch(/\[(?:error|crit|alert|emerg)\]/)
})
