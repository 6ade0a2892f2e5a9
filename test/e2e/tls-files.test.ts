import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { until } from '../harness/wait.ts'

const server = certificate({ subject: '/CN=localhost', names: ['localhost'] })
const FILES = { 'server.crt': server.cert, 'server.key': server.key }

const ONE = `
worker_processes: 4
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      location: { /: { return: 200 served } }
`

test('files that change count without a reload, and rubbish does not', async () => {
  const second = certificate({ subject: '/CN=second', names: ['localhost'] })
  const gateway = await startGateway({ yaml: ONE, files: FILES })
  const shown = async () => {
    const { socket } = await connectTls(gateway.port())
    return socket.getPeerCertificate().subject.CN
  }
  /** Each worker looks for itself. */
  const told = (line: RegExp, times: number) => {
    return until(`${times} lines`, () => (gateway.errorLog().match(line) ?? []).length === times)
  }
  const { client: before } = await connectTls(gateway.port())
  expect(await shown()).toBe('localhost')
  gateway.workspace.write('server.crt', second.cert)
  gateway.workspace.write('server.key', second.key)
  await told(/files of TLS have changed and count/g, 4)
  expect(await shown()).toBe('second')
  gateway.expect(/files of TLS have changed, but those of before/)
  gateway.workspace.write('server.crt', 'rubbish')
  await told(/those of before go on to count: cannot load certificate .*server\.crt/g, 4)
  expect(await shown()).toBe('second')
  gateway.workspace.write('server.crt', server.cert)
  gateway.workspace.write('server.key', server.key)
  await told(/files of TLS have changed and count/g, 8)
  expect(await shown()).toBe('localhost')
  // Whoever was there has noticed nothing.
  expect((await before.exchange(GET('/'))).status).toBe(200)
})
