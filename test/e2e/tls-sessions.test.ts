import { constants } from 'node:crypto'
import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { GET } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const server = certificate({ subject: '/CN=localhost', names: ['localhost'], by: authority })

const FILES = { 'server.crt': server.cert, 'server.key': server.key }

const ONE = `
worker_processes: 4
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      location: { /: { return: 200 "$pid $ssl_session_reused" } }
`

test('sessions go on at whatever worker, also after a reload', async () => {
  const gateway = await startGateway({ yaml: ONE, files: FILES })
  const pids = new Set<string>()
  let reused = 0
  let session: Buffer | undefined
  for (let i = 0; i < 60; i++) {
    if (i === 40) await gateway.reload()
    const { client, socket } = await connectTls(gateway.port(), { session, ca: authority.cert })
    const { text } = await client.exchange(GET('/'))
    const [pid = '', mark] = text.split(' ')
    pids.add(pid)
    expect(mark).toBe(socket.isSessionReused() ? 'r' : '.')
    if (socket.isSessionReused()) reused++
    session = socket.getSession()
    socket.destroy()
  }
  expect(pids.size).toBeGreaterThan(4)
  // All but the first, and nothing else.
  expect(reused).toBe(59)
})

test.skipIf(sqliteMissing).each([
  ['tickets', 'on', {}, 'TLSv1.3'],
  ['tickets', 'on', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  [
    'the cache, to a client without tickets',
    'on',
    { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET },
    'TLSv1.2',
  ],
  ['the cache', 'off', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  ['the cache', 'off', {}, 'TLSv1.3'],
] as const)(
  'with %s (tickets %s) sessions go on at other workers: %o',
  async (_, tickets, options, version) => {
    const gateway = await startGateway({
      yaml: `
worker_processes: 4
http:
  ssl_session_cache: shared:sessions:1m
  ssl_session_tickets: ${tickets}
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      location: { /: { return: 200 "$pid $ssl_session_reused" } }
`,
      files: FILES,
    })
    const pids = new Set<string>()
    let session: Buffer | undefined
    let reused = 0
    for (let i = 0; i < 20; i++) {
      const { client, socket } = await connectTls(gateway.port(), { ...options, session })
      expect(socket.getProtocol()).toBe(version)
      const [pid = '', mark] = (await client.exchange(GET('/'))).text.split(' ')
      pids.add(pid)
      if (mark === 'r') reused++
      // A ticket comes before the answer.
      session = socket.getSession()
      socket.destroy()
    }
    expect(pids.size).toBeGreaterThan(1)
    expect(reused).toBe(19)
  },
)
