import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { freePort } from '../harness/ports.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const ASK = request('GET /', { Connection: 'close' })
const yaml = (...listens: string[]) => `
http:
  server:
${listens.map((listen) => `    - { listen: ${listen}, return: '200 "${listen.replaceAll('"', '')}"' }`).join('\n')}
`

test('IPv6', async () => {
  const gateway = await startGateway({ yaml: yaml('"[::1]:%%PORT%%"') })
  expect((await once(gateway.port(), ASK, { host: '::1' })).status).toBe(200)
  await expect(once(gateway.port(), ASK)).rejects.toThrow(/ECONNREFUSED/)
})

test('an IPv6 wildcard takes IPv6 only, unless it says otherwise', async () => {
  const gateway = await startGateway({
    yaml: yaml('"[::]:%%PORT%%"', '"[::]:%%PORT_1%% ipv6only=off"'),
  })
  expect((await once(gateway.port(), ASK, { host: '::1' })).status).toBe(200)
  await expect(once(gateway.port(), ASK)).rejects.toThrow(/ECONNREFUSED/)
  expect((await once(gateway.port(1), ASK, { host: '::1' })).status).toBe(200)
  expect((await once(gateway.port(1), ASK)).status).toBe(200)
})

test('IPv4 and IPv6 wildcards of one port live side by side', async () => {
  const gateway = await startGateway({ yaml: yaml('"*:%%PORT%%"', '"[::]:%%PORT%%"') })
  expect((await once(gateway.port(), ASK)).text).toContain('*:')
  expect((await once(gateway.port(), ASK, { host: '::1' })).text).toContain('[::]:')
})

test('a wildcard leaves an address that another server names to that server', async () => {
  const gateway = await startGateway({
    yaml: yaml('"%%PORT%%"', '127.0.0.1:%%PORT%%', '127.0.0.2:%%PORT%%'),
  })
  const from = async (host: string) => (await once(gateway.port(), ASK, { host })).text
  expect(await from('127.0.0.1')).toBe(`127.0.0.1:${gateway.port()}`)
  expect(await from('127.0.0.2')).toBe(`127.0.0.2:${gateway.port()}`)
  expect(await from('127.0.0.3')).toBe(String(gateway.port()))
})

test('a unix socket is open to everybody and gone after the end', async () => {
  const gateway = await startGateway({ yaml: yaml('unix:%%DIR%%/x.sock') })
  const path = gateway.workspace.path('x.sock')
  expect((await once(path, ASK)).status).toBe(200)
  expect(statSync(path).mode & 0o777).toBe(0o666)
  await gateway.reload()
  expect((await once(path, ASK)).status).toBe(200)
  await gateway.stop()
  expect(existsSync(path)).toBe(false)
})

test('a unix socket left behind by a killed gateway is taken over', async () => {
  const first = await startGateway({ yaml: yaml('unix:%%DIR%%/x.sock') })
  const path = first.workspace.path('x.sock')
  await first.kill()
  await first.exited()
  expect(existsSync(path)).toBe(true)
  const second = await startGateway({ yaml: yaml(`unix:${path}`) })
  expect((await once(path, ASK)).status).toBe(200)
  await second.stop()
})

test('a unix socket somebody listens on is left alone', async () => {
  const workspace = new Workspace('sockets')
  onCleanup(() => workspace.remove())
  const path = workspace.path('used.sock')
  const server = net
    .createServer((socket) => {
      // Whoever only looks whether somebody listens has gone already.
      socket.on('error', () => {})
      socket.end('mine')
    })
    .listen(path)
  onCleanup(() => void server.close())
  workspace.write('gateway.yaml', yaml(`unix:${path}`))
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect(code).toBe(1)
  expect(stderr).toContain(
    `gateway: [emerg] bind() to unix:${path} failed (98: Address already in use)`,
  )
  const client = await connect(path)
  expect(String(await client.incoming.rest())).toBe('mine')
})

test('a file that is no socket is left alone', async () => {
  const workspace = new Workspace('sockets')
  onCleanup(() => workspace.remove())
  writeFileSync(workspace.path('file'), 'precious')
  workspace.write('gateway.yaml', yaml(`unix:${workspace.path('file')}`))
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect([code, stderr]).toEqual([1, expect.stringContaining('(98: Address already in use)')])
  expect(workspace.read('file')).toBe('precious')
})

test('all addresses that cannot be bound are told at once, and nothing is left', async () => {
  const workspace = new Workspace('sockets')
  onCleanup(() => workspace.remove())
  const taken = await Promise.all([listening(), listening()])
  const free = await freePort()
  workspace.write(
    'gateway.yaml',
    yaml(`127.0.0.1:${free}`, ...taken.map((port) => `127.0.0.1:${port}`)),
  )
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect(code).toBe(1)
  for (const port of taken) {
    expect(stderr).toContain(`bind() to 127.0.0.1:${port} failed (98: Address already in use)`)
  }
  expect(existsSync(workspace.path('gateway.pid'))).toBe(false)
  await expect(once(free, ASK)).rejects.toThrow(/ECONNREFUSED/)
})

test('an address of another machine cannot be bound', async () => {
  const workspace = new Workspace('sockets')
  onCleanup(() => workspace.remove())
  workspace.write('gateway.yaml', yaml('192.0.2.1:8080'))
  const { code, stderr } = await runCommand(['-p', workspace.dir])
  expect(code).toBe(1)
  expect(stderr).toMatch(/bind\(\) to 192\.0\.2\.1:8080 failed \(99: .*address not available\)/i)
})

test('so_keepalive probes accepted connections after its idle time', async ({ skip }) => {
  const gateway = await startGateway({
    yaml: yaml('"127.0.0.1:%%PORT%% so_keepalive=200s::"', '127.0.0.1:%%PORT_1%%'),
  })
  const probed = await connect(gateway.port())
  const other = await connect(gateway.port(1))
  for (const client of [probed, other]) await client.exchange(request('GET /'))
  const found = [
    hasKeepaliveTimer(gateway.port(), probed.socket.localPort),
    hasKeepaliveTimer(gateway.port(1), other.socket.localPort),
  ]
  if (found.includes(undefined)) skip('the system does not list the timers of its sockets')
  expect(found).toEqual([true, false])
})

/** Whether the server's end has a keep-alive timer; undefined where the system does not tell. */
function hasKeepaliveTimer(local: number, remote: number | undefined): boolean | undefined {
  const end = (port = 0) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
  const row = rows.find(([, from, to]) => from?.endsWith(end(local)) && to?.endsWith(end(remote)))
  return row?.[5]?.startsWith('02:')
}

function listening(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      onCleanup(() => void server.close())
      resolve((server.address() as net.AddressInfo).port)
    })
  })
}
