import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { certificate } from '../harness/certificates.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { clientHello } from '../harness/client-hello.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, GET } from '../harness/raw-client.ts'
import { sClient } from '../harness/s-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const server = certificate({ subject: '/CN=localhost', names: ['localhost'], by: authority })

/** What a command prints, and how it ends. */
async function run(command: string, ...words: readonly string[]) {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

const installed = (name: string) => existsSync(`/usr/bin/${name}`)

/** An origin of WebSockets that are echoed, and of events that are sent when the one before has arrived. */
async function upstream() {
  const origin = http.createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: first\n\n')
    sending.push((text) => response.write(`data: ${text}\n\n`))
  })
  const sockets = new WebSocketServer({ server: origin })
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  onCleanup(() => {
    origin.closeAllConnections()
    origin.close()
  })
  return (origin.address() as AddressInfo).port
}

const sending: ((text: string) => void)[] = []

describe('clients of all kinds', () => {
  let gateway: Gateway
  let url: string

  beforeAll(async () => {
    gateway = await startGateway({
      files: { 'server.crt': server.cert, 'server.key': server.key, 'ca.crt': authority.cert },
      yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      location:
        /: { default_type: text/html, return: 200 "<title>served over $ssl_protocol</title>" }
        /up/:
          proxy_pass: http://127.0.0.1:${await upstream()}
          proxy_http_version: 1.1
          proxy_buffering: off
          proxy_set_header: [ Upgrade $http_upgrade, Connection $http_connection ]
`,
    })
    url = `https://localhost:${gateway.port()}`
  })

  test.skipIf(!installed('curl'))('curl', async () => {
    const ca = [
      '--cacert',
      gateway.workspace.path('ca.crt'),
      '--resolve',
      `localhost:${gateway.port()}:127.0.0.1`,
    ]
    for (const version of ['1.2', '1.3']) {
      const words = ['--silent', '--show-error', `--tlsv${version}`, '--tls-max', version]
      const { code, output } = await run('curl', ...words, ...ca, url, url)
      expect([code, output.match(new RegExp(`served over TLSv${version}`, 'g'))?.length]).toEqual([
        0, 2,
      ])
    }
  })

  test('openssl s_client', async () => {
    const words = ['-servername', 'localhost', '-CAfile', gateway.workspace.path('ca.crt')]
    const verified = [...words, '-verify_return_error', '-verify_hostname', 'localhost']
    const { code, output } = await sClient(gateway.port(), verified, 'GET / HTTP/1.0\r\n\r\n')
    expect(code).toBe(0)
    expect(output).toMatch(/Verify return code: 0 \(ok\)/)
    expect(output).toContain('served over TLSv1.3')
  })

  test('Node, with connections that are kept', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert })
    onCleanup(() => agent.destroy())
    const ports = new Set<number | undefined>()
    for (let i = 0; i < 3; i++) {
      const asked = https.get({
        port: gateway.port(),
        host: '127.0.0.1',
        servername: 'localhost',
        agent,
      })
      const [response] = (await once(asked, 'response')) as [http.IncomingMessage]
      ports.add(response.socket.localPort)
      expect(Buffer.concat(await response.toArray()).toString()).toContain('served over TLSv1.3')
    }
    expect(ports).toHaveLength(1)
  })

  // apt-get install chromium
  test.skipIf(!installed('chromium'))('headless Chromium, where it is installed', async () => {
    const profile = gateway.workspace.path('profile')
    const { output } = await run(
      'chromium',
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--ignore-certificate-errors',
      `--user-data-dir=${profile}`,
      '--dump-dom',
      `https://127.0.0.1:${gateway.port()}/`,
    )
    expect(output).toContain('<title>served over TLSv1.3</title>')
  })

  test('a WebSocket, both ways, small and large', async () => {
    const socket = new WebSocket(`wss://localhost:${gateway.port()}/up/`, { ca: authority.cert })
    onCleanup(() => socket.terminate())
    await once(socket, 'open')
    for (const data of [Buffer.from('small'), Buffer.alloc(300_000, 'x')]) {
      socket.send(data)
      const [echo] = (await once(socket, 'message')) as [Buffer]
      expect(echo.equals(data)).toBe(true)
    }
    socket.close(4000, 'enough')
    expect((await once(socket, 'close'))[0]).toBe(4000)
  })

  test('server-sent events arrive one by one', async () => {
    const { client } = await connectTls(gateway.port())
    await client.send(GET('/up/events'))
    await client.incoming.until('data: first')
    // Each is sent only when the one before it has arrived.
    for (const text of ['second', 'third']) {
      sending.at(-1)?.(text)
      await client.incoming.until(`data: ${text}\n`)
    }
  })

  test('a name of 10 KB is refused, and the worker lives', async () => {
    const bytes = await clientHello({ servername: 'localhost' })
    const at = bytes.indexOf('localhost')
    const name = Buffer.alloc(10_240, 'x')
    const grown = Buffer.concat([bytes.subarray(0, at), name, bytes.subarray(at + 9)])
    const add = (offset: number, size: number) => {
      const more = name.length - 9
      const value = grown.readUIntBE(offset, size) + more
      grown.writeUIntBE(value, offset, size)
    }
    // The record, the message, the list of extensions, the extension, its list, the name.
    for (const [offset, size] of [
      [3, 2],
      [6, 3],
      [extensionsAt(bytes), 2],
      [at - 7, 2],
      [at - 5, 2],
      [at - 2, 2],
    ] as const) {
      add(offset, size)
    }
    const [worker] = gateway.workers()
    const raw = await connect(gateway.port())
    await raw.send(grown)
    const answer = await raw.incoming.rest()
    expect(answer[0]).toBe(21)
    const { client } = await connectTls(gateway.port())
    expect((await client.exchange(GET('/'))).status).toBe(200)
    expect(gateway.workers()).toEqual([worker])
    await gateway.logged(/while SSL handshaking/)
  })
})

/** Where the length of the extensions stands: behind session id, ciphers and compression. */
function extensionsAt(hello: Buffer): number {
  let at = 5 + 4 + 2 + 32
  at += 1 + (hello[at] as number)
  at += 2 + hello.readUInt16BE(at)
  return at + 1 + (hello[at] as number)
}
