import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import type tls from 'node:tls'
import { beforeAll, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const names = ['localhost', 'old.test', 'clients.test']
const server = certificate({ subject: '/CN=localhost', names, by: authority })
const client = certificate({ subject: '/CN=client', by: authority })

const PAGE = `<p id="said"></p><script>said.textContent = performance.getEntriesByType('navigation')[0].nextHopProtocol</script>`
const SAYS = '"$http2 $ssl_alpn_protocol $server_protocol $server_name $ssl_client_verify"'

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    files: {
      'server.crt': server.cert,
      'server.key': server.key,
      'ca.crt': authority.cert,
      'page.html': PAGE,
    },
    yaml: `
worker_processes: 1
http:
  ssl_certificate: server.crt
  ssl_certificate_key: server.key
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      http2: on
      root: "%%DIR%%"
      location:
        /: { return: 200 ${SAYS} }
        = /page.html: { default_type: text/html }
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: old.test
      http2: off
      location: { /: { return: 200 ${SAYS} } }
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: clients.test
      http2: on
      ssl_verify_client: on
      ssl_client_certificate: ca.crt
      location: { /: { return: 200 ${SAYS} } }
`,
  })
})

/** One session of Node's with the server of a name; asks it, as this host, one request after another. */
async function session(servername: string, options: tls.ConnectionOptions = {}) {
  const one = connectHttp2(`https://127.0.0.1:${gateway.port()}`, {
    servername,
    ca: authority.cert,
    ...options,
  })
  onCleanup(() => one.destroy())
  await once(one, 'connect')
  return async (host: string) => {
    const stream = one.request({ ':path': '/', ':authority': host })
    const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    const text = Buffer.concat(await stream.toArray()).toString()
    return { status: head[':status'], text }
  }
}

/** What a command prints. */
async function output(command: string, ...words: readonly string[]): Promise<string> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  await once(child, 'close')
  return Buffer.concat(chunks).toString()
}

const installed = (name: string) => existsSync(`/usr/bin/${name}`)

test.skipIf(!installed('curl')).each([
  ['--http2', 'localhost', '2 h2 h2 HTTP/2.0 localhost NONE'],
  ['--http1.1', 'localhost', '1.1  http/1.1 HTTP/1.1 localhost NONE'],
  ['--no-alpn', 'localhost', '1.1   HTTP/1.1 localhost NONE'],
  ['--http2', 'old.test', '1.1  http/1.1 HTTP/1.1 old.test NONE'],
])('curl %s at %s', async (option, name, expected) => {
  const port = gateway.port()
  const said = await output(
    'curl',
    '--silent',
    option,
    '--cacert',
    gateway.workspace.path('ca.crt'),
    '--resolve',
    `${name}:${port}:127.0.0.1`,
    '--write-out',
    '\n%{http_version}',
    `https://${name}:${port}/`,
  )
  expect(said.split('\n').reverse().join(' ')).toBe(expected)
})

test('Node’s client speaks HTTP/2, as much as it likes on one connection', async () => {
  const ask = await session('localhost')
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask('localhost')))
  expect(new Set(answers.map(({ text }) => text))).toEqual(
    new Set(['h2 h2 HTTP/2.0 localhost NONE']),
  )
})

// apt-get install nghttp2-client
test.skipIf(!installed('h2load'))('h2load, where it is installed', async () => {
  const url = `https://127.0.0.1:${gateway.port()}/`
  const said = await output('h2load', '-n', '400', '-c', '4', '-m', '20', url)
  expect(said).toContain('Application protocol: h2')
  expect(said).toContain('400 succeeded, 0 failed, 0 errored')
})

// apt-get install chromium
test.skipIf(!installed('chromium'))('headless Chromium, where it is installed', async () => {
  const said = await output(
    'chromium',
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--ignore-certificate-errors',
    `--user-data-dir=${gateway.workspace.path('profile')}`,
    '--dump-dom',
    `https://localhost:${gateway.port()}/page.html`,
  )
  expect(said).toContain('<p id="said">h2</p>')
})

test.each([
  ['h2 alone, of a server with it', 'localhost', ['h2'], 'h2'],
  ['both, the older first', 'localhost', ['http/1.1', 'h2'], 'h2'],
  ['HTTP/1.1 alone', 'localhost', ['http/1.1'], 'http/1.1'],
  ['both, of a server without', 'old.test', ['h2', 'http/1.1'], 'http/1.1'],
  ['both, for a name that nobody has', 'nowhere.test', ['h2', 'http/1.1'], 'h2'],
])('a client that offers %s', async (_, servername, ALPNProtocols, expected) => {
  const { socket } = await connectTls(gateway.port(), { servername, ALPNProtocols })
  expect(socket.alpnProtocol).toBe(expected)
})

test('a client that offers nothing gets HTTP/1.1', async () => {
  const { client: raw, socket } = await connectTls(gateway.port())
  expect(socket.alpnProtocol).toBe(false)
  expect((await raw.exchange(GET('/'))).text).toBe('  HTTP/1.1 localhost NONE')
})

test('another host on the same connection: its server, or 421 where it verifies clients', async () => {
  const ask = await session('localhost')
  expect(await ask('old.test')).toEqual({ status: 200, text: 'h2 h2 HTTP/2.0 old.test NONE' })
  expect(await ask('clients.test')).toMatchObject({ status: 421 })
  // One stream is misdirected, not the connection.
  expect(await ask('localhost')).toMatchObject({ status: 200 })
})

test('a client with a certificate is whom it was checked for, and nobody elsewhere', async () => {
  const ask = await session('clients.test', { cert: client.cert, key: client.key })
  expect(await ask('clients.test')).toEqual({
    status: 200,
    text: 'h2 h2 HTTP/2.0 clients.test SUCCESS',
  })
  expect(await ask('localhost')).toMatchObject({ status: 200 })
  const without = await session('clients.test')
  expect(await without('clients.test')).toMatchObject({ status: 400 })
})
