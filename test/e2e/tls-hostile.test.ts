import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { clientHello } from '../harness/client-hello.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { until } from '../harness/wait.ts'

const server = certificate({ subject: '/CN=localhost', names: ['localhost'] })
const FILES = { 'server.crt': server.cert, 'server.key': server.key }

describe('clients who do not mean well', () => {
  let gateway: Gateway

  beforeAll(async () => {
    gateway = await startGateway({
      yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      ssl_handshake_timeout: 300ms
      location: { /: { return: 200 served } }
`,
      files: FILES,
    })
  })

  const hello = () => clientHello({ servername: 'localhost' })

  test.each(['nothing', 'a cut hello', 'a hello and no more'])(
    '%s: time runs out',
    async (what) => {
      const bytes = what === 'nothing' ? Buffer.alloc(0) : await hello()
      const raw = await connect(gateway.port())
      await raw.send(what === 'a cut hello' ? bytes.subarray(0, 100) : bytes)
      await raw.incoming.rest()
      await gateway.logged(/client timed out .* while SSL handshaking/)
    },
  )

  test.each([
    ['rubbish', '\x00\x01\x02rubbish'],
    [
      'a hello of rubbish',
      '\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03rubbishrubbishrubbishrubbish',
    ],
    ['a record without end', `\x16\x03\x01\x40\x00\x01\x00\x7f\xfc${'x'.repeat(70_000)}`],
  ])('%s: the connection ends, the worker lives', async (_, text) => {
    const raw = await connect(gateway.port())
    await raw.send(text)
    await raw.incoming.rest().catch(() => {})
    const { client } = await connectTls(gateway.port())
    expect((await client.exchange(GET('/'))).text).toBe('served')
  })

  test('rubbish behind the handshake ends the connection', async () => {
    const { client, socket } = await connectTls(gateway.port(), { maxVersion: 'TLSv1.2' })
    expect((await client.exchange(GET('/'))).text).toBe('served')
    const below = (socket as unknown as { _handle: { _parent: { fd: number } } })._handle._parent.fd
    const ended = new Promise((resolve) => socket.once('end', resolve).once('error', resolve))
    writeSync(below, `\x17\x03\x03\x00\x20${'y'.repeat(32)}`, null, 'latin1')
    await ended
  })

  test('nothing is agreed again on a connection', async () => {
    const child = spawn('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${gateway.port()}`,
      '-tls1_2',
    ])
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    await until('the handshake', () => said.includes('Cipher is'))
    child.stdin.write('R\n')
    await once(child, 'exit')
    expect(said).toContain('no renegotiation')
  })

  // What comes back is a record of a handshake that goes on (22), or an alert (21).
  test.each([
    ['NUL inside', 'a\0.test', 21],
    ['other bytes', 'ü\xff.te\x01t', 22],
  ])('a name with %s is none we have', async (_, name, type) => {
    const bytes = await hello()
    const at = bytes.indexOf('localhost')
    const text = Buffer.from(name.padEnd(9, '-'), 'latin1')
    const raw = await connect(gateway.port())
    await raw.send(Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at + 9)]))
    expect((await raw.incoming.take(1))[0]).toBe(type)
  })
})
