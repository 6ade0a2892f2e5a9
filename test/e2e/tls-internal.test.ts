import { X509Certificate } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { Issuer } from '../../src/plugins/internal-tls/issuer.ts'
import { namesIn } from '../../src/plugins/internal-tls/subject-names.ts'
import { certificate, type Pair } from '../harness/certificates.ts'
import { GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { Workspace } from '../harness/workspace.ts'

const YAML = `
worker_processes: 2
http:
  tls: internal authority
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: [app.localhost, "*.app.localhost", "~^x", .both.test, 192.0.2.1, www.*]
      location: { /: { return: 200 app } }
    - listen: 127.0.0.1:%%PORT_1%% ssl
      location: { /: { return: 200 nameless } }
    - listen: 127.0.0.1:%%PORT_2%% ssl
      tls: off
      ssl_certificate: own.crt
      ssl_certificate_key: own.key
    - listen: 127.0.0.1:%%PORT_3%% ssl
      ssl_certificate: own.crt
      ssl_certificate_key: own.key
`

const own = certificate({ subject: '/CN=own' })
const FILES = { 'own.crt': own.cert, 'own.key': own.key }

function start(workspace: Workspace) {
  const yaml = YAML.replaceAll('internal authority', `internal ${workspace.path('authority')}`)
  return startGateway({ yaml, files: FILES })
}

test('names of servers are certified by an authority that is made once', async () => {
  const workspace = new Workspace('tls-internal')
  const gateway = await start(workspace)
  const ca = workspace.read('authority/ca.crt')
  // It says how to trust it.
  expect(gateway.output()).toMatch(
    /a local authority is made.*sudo cp "\S+\/authority\/ca\.crt" \S+ && sudo/s,
  )
  const shown = async (servername: string, number = 0) => {
    const { client, socket } = await connectTls(gateway.port(number), { servername, ca })
    expect((await client.exchange(GET('/'))).status).toBe(200)
    return new X509Certificate(socket.getPeerCertificate().raw)
  }
  const app = await shown('app.localhost')
  expect(app.subjectAltName).toBe(
    'DNS:app.localhost, DNS:*.app.localhost, DNS:both.test, DNS:*.both.test, IP Address:192.0.2.1',
  )
  expect((await shown('x.app.localhost')).fingerprint256).toBe(app.fingerprint256)
  expect((await shown('localhost', 1)).subjectAltName).toBe(
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  // What is written counts as it does elsewhere.
  const { socket } = await connectTls(gateway.port(2))
  expect(socket.getPeerCertificate().subject.CN).toBe('own')

  for (const name of ['authority.pem', 'ca.crt']) {
    expect(statSync(workspace.path(`authority/${name}`)).mode & 0o777).toBe(0o600)
  }
  expect(statSync(workspace.path('authority')).mode & 0o777).toBe(0o700)

  // Another gateway, another time: the same authority and certificate, and nothing said.
  const again = await start(workspace)
  const { socket: other } = await connectTls(again.port(), { servername: 'app.localhost', ca })
  expect(other.getPeerX509Certificate()?.fingerprint256).toBe(app.fingerprint256)
  expect(again.output()).not.toMatch(/local authority/)
})

test('what ends soon, or is rubbish, is made anew; what is another authority’s as well', async () => {
  const workspace = new Workspace('tls-internal')
  const first = await start(workspace)
  await first.stop()
  const [file = ''] = readdirSync(workspace.path('authority')).filter((name) => /^app/.test(name))
  const leaf = `authority/${file}`
  const write = ({ cert, key }: Pair) => `${cert}${key}`
  const pem = workspace.read('authority/authority.pem')
  const authority = { cert: pem, key: pem }
  const request = { subject: '/CN=app.localhost', names: ['app.localhost'] }

  const cases: readonly (readonly [string, string, string])[] = [
    ['soon over', leaf, write(certificate({ ...request, by: authority, days: 29 }))],
    ['rubbish', leaf, 'rubbish'],
    ['a stranger’s', leaf, write(certificate(request))],
    [
      'an authority that is soon over',
      'authority/authority.pem',
      write(certificate({ subject: '/CN=ca', authority: true, days: 80 })),
    ],
    [
      'an authority that is none',
      'authority/authority.pem',
      write(certificate({ subject: '/CN=ca', days: 3000 })),
    ],
  ]
  for (const [what, name, text] of cases) {
    workspace.write(name, text)
    const gateway = await start(workspace)
    const ca = workspace.read('authority/ca.crt')
    const { socket } = await connectTls(gateway.port(), { servername: 'app.localhost', ca })
    const left = Date.parse(socket.getPeerCertificate().valid_to) - Date.now()
    expect(left / 86_400_000, what).toBeGreaterThan(80)
    await gateway.stop()
  }
})

test('a certificate that is shown for long is renewed by the workers', async () => {
  const workspace = new Workspace('tls-internal')
  const issuer = new Issuer({
    folder: workspace.path('a'),
    names: namesIn(['app.localhost']),
  })
  const first = await issuer.issue()
  expect(issuer.endsSoon(first)).toBe(false)
  expect((await issuer.issue()).certificate).toBe(first.certificate)
  const now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => now + 61 * 86_400_000)
  expect(issuer.endsSoon(first)).toBe(true)
  const [one, two] = await Promise.all([issuer.issue(), issuer.issue()])
  expect(one.certificate).not.toBe(first.certificate)
  expect(two.certificate).toBe(one.certificate)
  vi.restoreAllMocks()
})

test.each([
  ['internally', /"internally" is neither "off" nor "internal"/],
  ['off somewhere', /"off somewhere" is neither/],
  ['internal gateway.yaml/x', /plugin "internal-tls" failed: .*ENOTDIR/],
])('tls %s is refused', async (words, fault) => {
  const yaml = `http: { tls: ${words}, server: { listen: 127.0.0.1:%%PORT%% ssl } }`
  await expect(startGateway({ yaml })).rejects.toThrow(fault)
})
