import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const ROOT = process.getuid?.() === 0
const yaml = (main: string) => `
${main}
http:
  access_log: access.log
  server:
    - { listen: 127.0.0.1:%%PORT%%, return: 200 ok }
`

/** uid, gid and supplementary groups of a process. */
function rights(pid: number): { uid: string; gid: string; groups: string } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const line = (name: string) =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
  return { uid: line('Uid'), gid: line('Gid'), groups: line('Groups') }
}

test('workers run as the user and group that are named', async ({ skip }) => {
  if (!ROOT) skip('only root can give its rights away')
  const gateway = await startGateway({ yaml: yaml('user: daemon games') })
  const [worker = 0] = gateway.workers()
  const { uid, gid, groups } = rights(worker)
  const [daemon, games] = [idOf('passwd', 'daemon'), idOf('group', 'games')]
  expect(uid.split(/\s+/)).toEqual([daemon, daemon, daemon, daemon])
  expect(gid.split(/\s+/)).toEqual([games, games, games, games])
  expect(groups.split(/\s+/)).not.toContain('0')
  expect(rights(gateway.pid).uid.startsWith('0')).toBe(true)
  // Logs are the workers' own, so that they can be reopened without root's rights.
  expect(String(statSync(gateway.workspace.path('access.log')).uid)).toBe(daemon)
  expect((await get(gateway.port(), '/')).status).toBe(200)
  chmodSync(gateway.dir, 0o755)
  gateway.signal('SIGUSR1')
  await until('a line', async () => {
    await get(gateway.port(), '/')
    return gateway.accessLog() !== ''
  })
  await gateway.reload()
  expect(rights(gateway.workers()[0] ?? 0).uid.split(/\s+/)[0]).toBe(daemon)
})

test('an unknown user or group is told at start', async ({ skip }) => {
  if (!ROOT) skip('the user directive has no effect without root')
  const workspace = new Workspace('rights')
  onCleanup(() => workspace.remove())
  for (const [user, text] of [
    ['no-such-user', 'getpwnam("no-such-user") failed'],
    ['daemon no-such-group', 'getgrnam("no-such-group") failed'],
  ] as const) {
    workspace.write('gateway.yaml', yaml(`user: ${user}`).replace('%%PORT%%', '8080'))
    const { code, stderr } = await runCommand(['-p', workspace.dir])
    expect([code, stderr]).toEqual([1, expect.stringContaining(text)])
  }
})

test('without root the user directive is a warning', async ({ skip }) => {
  await ensureBuilt()
  const workspace = new Workspace('rights')
  onCleanup(() => workspace.remove())
  chmodSync(workspace.dir, 0o755)
  workspace.write('gateway.yaml', yaml('user: nobody').replace('%%PORT%%', '8080'))
  const run = (words: string[]) =>
    execFileSync(words[0] ?? '', words.slice(1), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const test = [process.execPath, COMMAND, '-t', '-p', workspace.dir]
  let words = test
  if (ROOT) {
    if (!existsSync('/usr/bin/setpriv')) skip("there is no setpriv to give root's rights away with")
    words = ['/usr/bin/setpriv', '--reuid=65534', '--clear-groups', ...test]
  }
  const shell = ['/bin/sh', '-c', '"$@" 2>&1', 'sh', ...words]
  expect(run(shell)).toMatch(
    /\[warn\] the "user" directive has an effect only if the master runs as root/,
  )
})

test('worker_connections above the open-file limit is a warning, and the limit counts', async () => {
  await ensureBuilt()
  const workspace = new Workspace('rights')
  onCleanup(() => workspace.remove())
  workspace.write(
    'gateway.yaml',
    `events: { worker_connections: 5000 }${yaml('').replace('%%PORT%%', '8080')}`,
  )
  const limited = [
    '/bin/sh',
    '-c',
    'ulimit -n 1000; "$@" 2>&1',
    'sh',
    process.execPath,
    COMMAND,
    '-t',
    '-p',
    workspace.dir,
  ]
  const text = execFileSync(limited[0] ?? '', limited.slice(1), { encoding: 'utf8' })
  expect(text).toContain(
    'gateway: [warn] 5000 worker_connections exceed the open file limit of 1000: 936 are used',
  )
})

test('worker_priority is the nice value of the workers, not of the master', async () => {
  const gateway = await startGateway({ yaml: yaml('worker_priority: 7') })
  expect(getPriority(gateway.workers()[0] ?? 0)).toBe(7)
  expect(getPriority(gateway.pid)).toBe(getPriority())
})

test('worker_cpu_affinity binds each worker to its processors', async ({ skip }) => {
  if (!existsSync('/usr/bin/taskset')) skip('there is no taskset')
  const gateway = await startGateway({
    yaml: yaml('worker_processes: 2\nworker_cpu_affinity: 01 10'),
    expected: [/taskset/],
  })
  const allowed = (pid: number) =>
    /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (allowed(gateway.pid) === undefined) skip('the system does not list allowed processors')
  const [first] = gateway.workers()
  await until('the first worker on the first processor', () => allowed(first ?? 0) === '0')
})

test('without taskset worker_cpu_affinity is one warning that names it', async () => {
  const workspace = new Workspace('rights')
  onCleanup(() => workspace.remove())
  workspace.write(
    'gateway.yaml',
    yaml('worker_processes: 2\nworker_cpu_affinity: auto').replace('%%PORT%%', '8080'),
  )
  const { code, stderr } = await runCommand(['-t', '-p', workspace.dir], {
    env: { PATH: '/nowhere' },
  })
  expect(code).toBe(0)
  expect(stderr.match(/taskset/g)).toHaveLength(1)
  expect(stderr).toContain(
    'worker_cpu_affinity has no effect: taskset (of util-linux) is not installed',
  )
})

test('workers get only the environment that is listed', async () => {
  const gateway = await startGateway({
    yaml: `plugins: teller.ts
env: [KEPT, SET=by-config, ABSENT]
http:
  server:
    - { listen: 127.0.0.1:%%PORT%%, tell_environment: on }
`,
    env: { KEPT: 'kept', SECRET: 'secret', TZ: 'UTC', SET: 'by-shell' },
    files: {
      'teller.ts': `
import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'teller',
  directives: {
    tell_environment: flag({ in: ['server'], default: false, doc: 'Tells the environment.' }),
  },
  content: (x) => x.respond(200, JSON.stringify(process.env)),
})
`,
    },
  })
  const told = JSON.parse((await get(gateway.port(), '/')).text) as Record<string, string>
  expect(told).toMatchObject({ KEPT: 'kept', SET: 'by-config', TZ: 'UTC' })
  expect(Object.keys(told)).not.toContain('SECRET')
  expect(Object.keys(told)).not.toContain('ABSENT')
  expect(Object.keys(told)).not.toContain('HOME')
})

/** The number of a user (/etc/passwd) or group (/etc/group). */
function idOf(file: 'passwd' | 'group', name: string): string {
  const rows = readFileSync(`/etc/${file}`, 'utf8')
    .split('\n')
    .map((row) => row.split(':'))
  return rows.find(([each]) => each === name)?.[2] ?? ''
}
