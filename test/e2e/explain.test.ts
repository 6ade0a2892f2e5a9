import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Explanation } from '../../src/config/explain/explanation.ts'
import { COMMAND } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { origin } from '../harness/origin.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const YAML = `
http:
  add_header: X-Location none
  upstream:
    hashed:
      hash: $request_uri consistent
      server: [127.0.0.1:%%PORT_1%%, 127.0.0.1:%%PORT_2%%, 127.0.0.1:%%PORT_3%%]
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: [www.example.com, "*.example.org"]
      location:
        /: { add_header: X-Location "/", return: 204 }
        = /exact: { add_header: X-Location "= /exact", return: 204 }
        ^~ /assets/: { add_header: X-Location "^~ /assets/", return: 204 }
        ~ php: { add_header: X-Location "~ php", return: 204 }
        /hash/: { add_header: X-Location "/hash/", proxy_pass: http://hashed }
        /nest/:
          location:
            /nest/in/: { add_header: X-Location "/nest/in/", return: 204 }
    - listen: 127.0.0.1:%%PORT%%
      server_name: other.test
      return: 200 other
    - { listen: 127.0.0.1:%%PORT_1%%, return: 200 $server_port }
    - { listen: 127.0.0.1:%%PORT_2%%, return: 200 $server_port }
    - { listen: 127.0.0.1:%%PORT_3%%, return: 200 $server_port }
`

async function explained(gateway: Gateway, ...words: string[]): Promise<Explanation> {
  const { code, stdout, stderr } = await runCommand([
    ...['explain', 'GET', ...words],
    ...['--json', '-p', gateway.dir],
  ])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Explanation
}

/** Each question is a process of its own. */
const PATIENCE = 60_000

test('tells the location that requests then meet', { timeout: PATIENCE }, async () => {
  const gateway = await startGateway({ yaml: YAML })
  const port = gateway.port()
  for (const uri of ['/', '/exact', '/exact/', '/assets/a.php', '/b.php', '/nest/in/x.php']) {
    const told = await explained(gateway, `http://www.example.com:${port}${uri}`)
    const met = await get(port, uri, { Host: 'www.example.com' })
    expect(told.location?.name, uri).toBe(met.headers.get('x-location'))
  }
})

test('tells the peer that requests then meet', { timeout: PATIENCE }, async () => {
  const gateway = await startGateway({ yaml: YAML })
  for (const uri of ['/hash/1', '/hash/2', '/hash/3', '/hash/4?x=5']) {
    const told = await explained(gateway, uri, '-H', 'Host: www.example.com')
    const met = await get(gateway.port(), uri, { Host: 'www.example.com' })
    expect(told.upstreams[0]?.first, uri).toBe(`127.0.0.1:${met.text}`)
  }
})

test('tells the server that requests then meet', { timeout: PATIENCE }, async () => {
  const gateway = await startGateway({ yaml: YAML })
  for (const host of ['a.b.example.org', 'other.test', 'nobody.test']) {
    const told = await explained(gateway, '/', '-H', `Host: ${host}`)
    const met = await get(gateway.port(), '/', { Host: host })
    expect(told.server.name === 'other.test', host).toBe(met.text === 'other')
  }
})

const SMALL = `
http:
  gzip: on
  upstream:
    app: { server: [127.0.0.1:3000, 127.0.0.1:3001 backup] }
  server:
    - listen: 127.0.0.1:8080
      location:
        /api/: { proxy_pass: http://app }
`

function folder(yaml = SMALL): Workspace {
  const workspace = new Workspace('explain')
  onCleanup(() => workspace.remove())
  workspace.write('gateway.yaml', yaml)
  return workspace
}

test('prints it for people, and nothing on standard error', { timeout: PATIENCE }, async () => {
  const { dir: cwd } = folder()
  const { code, stdout, stderr } = await runCommand(['explain', 'GET', '/api/x'], { cwd })
  expect([code, stderr]).toEqual([0, ''])
  for (const line of [
    /^GET \/api\/x for 127\.0\.0\.1$/m,
    /^location \/api\/ +gateway\.yaml:\d+ +is the longest prefix of the URI$/m,
    /^ {2}content: proxy$/m,
    /^ {2}encode: gzip$/m,
    /^ {2}proxy_pass http:\/\/app +gateway\.yaml:\d+$/m,
    /^ {2}balancer round-robin +127\.0\.0\.1:3000 is asked first: the others are down or backups$/m,
    /^ {2}peer 127\.0\.0\.1:3001 backup$/m,
  ]) {
    expect(stdout).toMatch(line)
  }
  expect(stdout).not.toContain('\x1b')
})

/** Runs the command on a terminal of its own; returns what that shows. */
async function onTerminal(dir: string, env: Readonly<Record<string, string>>): Promise<string> {
  const command = `${process.execPath} ${COMMAND} explain GET /api/x -p ${dir}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let shown = ''
  for await (const text of child.stdout) shown += text
  return shown
}

test('has colours on a terminal, unless NO_COLOR or that says no', {
  timeout: PATIENCE,
}, async () => {
  const { dir } = folder()
  expect(await onTerminal(dir, {})).toContain('\x1b[1m')
  expect(await onTerminal(dir, { NO_COLOR: '1' })).not.toContain('\x1b[')
  expect(await onTerminal(dir, { TERM: 'dumb' })).not.toContain('\x1b[')
})

test.each([
  [['explain', 'GET'], "missing required argument 'url'"],
  [['explain', 'GET', '/', '-H', 'nonsense'], '"nonsense" is no header'],
  [['explain', 'GET', 'http://x:1/'], 'no server listens on port 1'],
  [['explain', 'GET', '/', '--listen', 'x:y'], '"x:y" is not an address'],
  [['explain', 'GET', '/', '-c', 'none.yaml'], 'no such file'],
])('%j is refused with a reason', { timeout: PATIENCE }, async (words, reason) => {
  const { code, stdout, stderr } = await runCommand(words, { cwd: folder().dir })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^gateway: \[emerg\] /)
  expect(stderr).toContain(reason)
})

test('opens no log, writes nothing and asks nobody', { timeout: PATIENCE }, async () => {
  let asked = 0
  const peer = await origin(() => {
    asked++
  })
  const yaml = SMALL.replace('gzip: on', 'access_log: own.log').replace('3000', `${peer.port}`)
  const { dir } = folder(`${yaml}pid: own.pid\nerror_log: own-error.log debug\n`)
  const { stdout } = await runCommand(['explain', 'GET', '/api/x', '-p', dir])
  expect(stdout).toContain('access-log')
  expect([readdirSync(dir), asked]).toEqual([['gateway.yaml'], 0])
})

test('refuses a request as the gateway does, and tells that', { timeout: PATIENCE }, async () => {
  const words = ['explain', 'GET', '/%00', '--json', '-p', folder().dir]
  const told = JSON.parse((await runCommand(words)).stdout) as Explanation
  expect(told.refused).toEqual({ status: 400, reason: 'client sent invalid request' })
  expect([told.location, told.upstreams]).toEqual([null, []])
})

test('knows the plugins of the configuration', { timeout: PATIENCE }, async () => {
  const workspace = folder(`plugins: ./own.ts\n${SMALL.replace('gzip: on', 'own: on')}`)
  workspace.write(
    'own.ts',
    `import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'own',
  directives: { own: flag({ in: ['http'], default: false, doc: 'A word of its own.' }) },
  access: () => 'next',
})`,
  )
  const { stdout } = await runCommand(['explain', 'GET', '/api/x', '-p', workspace.dir])
  expect(stdout).toMatch(/^ {2}access: own$/m)
})

test.each(['explain', 'fmt', 'completion'])(
  '%s --help tells its own words, with examples',
  async (name) => {
    const { code, stdout } = await runCommand([name, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: gateway ${name} `))
    expect(stdout).toContain(`Examples:\n`)
  },
)
