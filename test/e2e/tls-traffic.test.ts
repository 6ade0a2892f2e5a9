import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { GET, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { until } from '../harness/wait.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const server = certificate({ subject: '/CN=localhost', names: ['localhost'], by: authority })

const client = certificate({ subject: '/C=DE/O=Über, Ltd/CN=client co', by: authority })

const FILES = {
  'ca.crt': authority.cert,
  'server.crt': server.cert,
  'server.key': server.key,
}

const ONE = `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      keepalive_requests: 100000
      client_max_body_size: 64m
      location:
        /: { return: 200 served }
        /big: { proxy_pass: "http://ORIGIN" }
        /upgrade:
          proxy_pass: "http://ORIGIN"
          proxy_http_version: 1.1
          proxy_set_header: [ Upgrade $http_upgrade, Connection upgrade ]
`

async function one(where = '127.0.0.1:1') {
  return startGateway({ yaml: ONE.replaceAll('ORIGIN', where), files: FILES })
}

test('what is sent arrives, however much of it, in both directions', async () => {
  const bytes = randomBytes(20_000_000)
  const hash = createHash('sha256').update(bytes).digest('hex')
  const backend = await httpOrigin(({ body, method }) => {
    return method === 'POST'
      ? { body: createHash('sha256').update(body).digest('hex') }
      : { body: bytes }
  })
  const gateway = await one(backend.address)
  const { client } = await connectTls(gateway.port())
  const { body } = await client.exchange(GET('/big'))
  expect(createHash('sha256').update(body).digest('hex')).toBe(hash)
  await client.send(`POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: ${bytes.length}\r\n\r\n`)
  await client.send(bytes)
  expect((await client.response()).text).toBe(hash)
})

test('requests that come together are answered in order, and the end is told', async () => {
  const gateway = await one()
  const { client, socket } = await connectTls(gateway.port())
  const answers = await client.pipeline(Array.from({ length: 50 }, () => GET('/')))
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  await client.send(request('GET /', { Host: 'h', Connection: 'close' }))
  await client.response()
  await once(socket, 'end')
})

test('a tunnel carries bytes both ways', async () => {
  const backend = await origin(async (peer) => {
    await peer.requestHead()
    await peer.send(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n',
    )
    while (await peer.incoming.more(60_000)) await peer.send(peer.incoming.drain())
  })
  const gateway = await one(backend.address)
  const { client } = await connectTls(gateway.port())
  await client.send(request('GET /upgrade', { Upgrade: 'echo', Connection: 'Upgrade' }))
  await client.incoming.until('\r\n\r\n')
  for (const text of ['first', 'second', 'x'.repeat(100_000)]) {
    await client.send(`${text}!`)
    expect((await client.incoming.until('!')).toString()).toBe(`${text}!`)
  }
})

test('what was agreed is logged also when the client has left long ago', async () => {
  const answers: (() => void)[] = []
  const backend = await httpOrigin(async () => {
    await new Promise<void>((resolve) => answers.push(resolve))
    return { body: 'late' }
  })
  const gateway = await startGateway({
    yaml: `
worker_processes: 1
http:
  log_format: agreed "$status $ssl_protocol $ssl_cipher $ssl_client_verify $ssl_client_s_dn."
  access_log: access.log agreed
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      ssl_verify_client: optional
      ssl_client_certificate: ca.crt
      location: { /: { proxy_pass: "http://${backend.address}", proxy_ignore_client_abort: on } }
`,
    files: FILES,
  })
  const [worker] = gateway.workers()
  const { client: leaving, socket } = await connectTls(gateway.port(), {
    cert: client.cert,
    key: client.key,
  })
  await leaving.send(GET('/'))
  await until('the request', () => answers.length === 1)
  socket.destroy()
  const { client: another } = await connectTls(gateway.port())
  await another.send(GET('/'))
  await until('another one', () => answers.length === 2)
  for (const answer of answers) answer()
  expect((await another.response()).text).toBe('late')
  await until('two lines', () => gateway.workspace.read('access.log').split('\n').length === 3)
  const lines = gateway.workspace.read('access.log')
  expect(lines).toContain(' TLSv1.3 TLS_AES_256_GCM_SHA384 SUCCESS CN=client co,')
  expect(lines).toContain('200 TLSv1.3 TLS_AES_256_GCM_SHA384 NONE -.')
  expect(gateway.workers()).toEqual([worker])
})

test('the header of the PROXY protocol stands before the handshake', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl proxy_protocol
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      location: { /: { return: 200 "$proxy_protocol_addr $ssl_protocol" } }
`,
    files: FILES,
  })
  const below = net.connect(gateway.port(), '127.0.0.1')
  below.write('PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n')
  const { client } = await connectTls(gateway.port(), { socket: below })
  expect((await client.exchange(GET('/'))).text).toBe('192.0.2.7 TLSv1.3')
})
