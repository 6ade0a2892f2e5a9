import { readFileSync } from 'node:fs'
import net from 'node:net'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { freePort } from '../harness/ports.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

interface Seen {
  readonly address: string
  readonly port: number
  /** Counts connections from 1. */
  readonly connection: number
}

/** An origin on both loopback addresses that answers with where a connection came from. */
async function curious(host = '127.0.0.1') {
  let connections = 0
  const port = await freePort()
  const server = net.createServer((socket) => {
    const connection = ++connections
    const seen: Seen = {
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
      connection,
    }
    const body = JSON.stringify(seen)
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  onCleanup(async () => {
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function ask(port: number, path: string): Promise<Seen & { status: number }> {
  const { status, text } = await get(port, path)
  return { status, ...(status === 200 ? JSON.parse(text) : {}) }
}

test('connections come from the address that proxy_bind says, and are kept by it', async () => {
  const origin = await curious()
  const gateway = await startGateway({
    yaml: `
http:
  upstream: { u: { server: "${origin}", keepalive: 8 } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_bind: 127.0.0.3
      location:
        /above: { proxy_pass: "http://u" }
        /own: { proxy_pass: "http://u", proxy_bind: 127.0.0.2 }
        /off: { proxy_pass: "http://u", proxy_bind: off }
        /variable: { proxy_pass: "http://u", proxy_bind: $arg_from }
`,
    expected: [/invalid local address "nonsense"/],
  })
  const port = gateway.port()
  const first = [
    await ask(port, '/above'),
    await ask(port, '/own'),
    await ask(port, '/off'),
    await ask(port, '/variable?from=127.0.0.4'),
  ]
  const addresses = ['127.0.0.3', '127.0.0.2', '127.0.0.1', '127.0.0.4']
  expect(first.map(({ address }) => address)).toEqual(addresses)
  // One of each: a kept connection carries those alone that are to come from there.
  expect(await ask(port, '/own')).toEqual(first[1])
  expect(await ask(port, '/off')).toEqual(first[2])
  expect(await ask(port, '/above')).toEqual(first[0])
  expect(await ask(port, '/variable?from=127.0.0.2')).toEqual(first[1])
  expect(await ask(port, '/variable')).toEqual(first[2])
  expect(await ask(port, '/variable?from=nonsense')).toEqual(first[2])
}, 60_000)

test('a port of proxy_bind is taken, and one that is in use is an error', async () => {
  const origin = await curious()
  const from = await freePort()
  const taken = net.createServer()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${origin}", proxy_bind: "$arg_from:$arg_port" } }
`,
    expected: [/\[error\].*bind\(/],
  })
  const bound = await ask(gateway.port(), `/?from=127.0.0.2&port=${from}`)
  expect([bound.address, bound.port]).toEqual(['127.0.0.2', from])
  const other = await freePort()
  await new Promise<void>((resolve) => taken.listen(other, '127.0.0.2', resolve))
  onCleanup(() => void taken.close())
  expect((await ask(gateway.port(), `/?from=127.0.0.2&port=${other}`)).status).toBe(500)
  await gateway.logged(/bind\(127\.0\.0\.2:\d+\) failed \(98: Address already in use\)/)
}, 60_000)

const conf = (origin: string) => `
  upstream two { server ${origin}; server 127.0.0.1:1 backup; }
  server {
    listen 127.0.0.1:%%PORT_0%%;
    location /good { proxy_pass http://${origin}; proxy_bind 127.0.0.2; }
    location /variable { proxy_pass http://${origin}; proxy_bind $arg_from; }
    location /foreign { proxy_pass http://two; proxy_bind 192.0.2.1; }
    location /family { proxy_pass http://two; proxy_bind ::1; }
    location /unix { proxy_pass http://unix:/nowhere; proxy_bind 127.0.0.1; }
  }`

test.skipIf(nginxMissing())(
  'an address that cannot be had answers as nginx does',
  async () => {
    const text = conf(await curious())
    const ours = await startGateway({
      yaml: `http: ${asYaml(text)}`,
      expected: [/bind\(|local addr/],
    })
    const theirs = await nginx(text)
    for (const path of [
      '/good',
      '/variable?from=127.0.0.3',
      '/variable?from=[::1]',
      '/variable?from=127.0.0.3:x',
      '/variable?from=localhost',
      '/variable',
      '/foreign',
      '/family',
      '/unix',
    ]) {
      const [one, other] = [await ask(ours.port(), path), await ask(theirs.port(0), path)]
      expect([path, one.status, one.address]).toEqual([path, other.status, other.address])
    }
    await ours.logged(/bind\(192\.0\.2\.1\) failed \(99: Address not available\) while connecting/)
  },
  60_000,
)

/** Whether a timer of the kind that probes runs for a connection to this port. */
function isProbed(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n')
  const timers = lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    const ours = columns[2]?.endsWith(`:${hex}`) && columns[3] === '01'
    return ours ? [columns[5]] : []
  })
  expect(timers).toHaveLength(1)
  return timers[0]?.startsWith('02:') === true
}

test('proxy_socket_keepalive has the system probe a silent connection', async () => {
  for (const [word, probed] of [
    ['on', true],
    ['off', false],
  ] as const) {
    const origin = await curious()
    const gateway = await startGateway({
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_socket_keepalive: ${word}
      location: { /: { proxy_pass: "http://${origin}" } }
`,
    })
    expect((await ask(gateway.port(), '/')).status).toBe(200)
    expect(isProbed(Number(origin.split(':')[1]))).toBe(probed)
  }
}, 60_000)
