import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { connect, GET } from '../harness/raw-client.ts'
import { revocations } from '../harness/revocations.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { tlsOrigin } from '../harness/tls-origin.ts'
import { until } from '../harness/wait.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const stranger = certificate({ subject: '/CN=Stranger', authority: true })
const { cert, key } = certificate({ subject: '/CN=localhost', names: ['localhost'], by: authority })
const server = { cert, key }
const first = certificate({ subject: '/CN=first' })
const second = certificate({ subject: '/CN=second' })
const locked = certificate({ subject: '/CN=locked', kind: 'rsa', passphrase: 'open sesame' })
const relocked = certificate({ subject: '/CN=relocked', kind: 'rsa', passphrase: 'another' })

const FILES = {
  'pair.crt': first.cert,
  'pair.key': first.key,
  'locked.crt': locked.cert,
  'locked.key': locked.key,
  passwords: 'open sesame\n',
  'ca.crt': authority.cert,
  'steady.crt': authority.cert,
  'crl.pem': revocations(authority, []),
}

const VERIFY = 'proxy_ssl_verify: on, proxy_ssl_name: localhost'

test('files that change count without a reload, and rubbish does not', async () => {
  const backend = await tlsOrigin(server)
  const gateway = await startGateway({
    files: FILES,
    expected: [/upstream SSL certificate verify error/, /but those of before go on to count/],
    yaml: `
worker_processes: 1
http:
  upstream: { app: { server: "${backend.address}", keepalive: 8 } }
  proxy_http_version: 1.1
  proxy_set_header: 'Connection ""'
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /pair/: { proxy_pass: "https://app", proxy_ssl_certificate: pair.crt, proxy_ssl_certificate_key: pair.key, location: { /pair/inner: { proxy_pass: "https://app" } } }
        /locked: { proxy_pass: "https://app", proxy_ssl_certificate: locked.crt, proxy_ssl_certificate_key: locked.key, proxy_ssl_password_file: passwords }
        /trusted: { proxy_pass: "https://app", ${VERIFY}, proxy_ssl_trusted_certificate: ca.crt }
        /crl: { proxy_pass: "https://app", ${VERIFY}, proxy_ssl_trusted_certificate: steady.crt, proxy_ssl_crl: crl.pem }
`,
  })
  const browser = await connect(gateway.port())
  const ask = async (path: string) => {
    const { status, text } = await browser.exchange(GET(path))
    return status === 200 ? JSON.parse(text).shown : status
  }
  const all = async () => {
    const answers: unknown[] = []
    for (const path of ['/pair/', '/pair/inner', '/locked', '/trusted', '/crl']) {
      answers.push(await ask(path))
    }
    return answers
  }
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) gateway.workspace.write(name, text)
  }
  const told = (line: RegExp, times: number) => {
    return until(`${times} lines`, () => gateway.errorLog().match(line)?.length === times)
  }

  expect(await all()).toEqual(['first', 'first', 'locked', null, null])
  // The two places that inherit the same share one.
  expect(backend.agreed).toHaveLength(4)
  expect(await all()).toEqual(['first', 'first', 'locked', null, null])
  expect(backend.agreed).toHaveLength(4)

  write({
    'pair.crt': second.cert,
    'pair.key': second.key,
    'locked.crt': relocked.cert,
    'locked.key': relocked.key,
    passwords: 'another\n',
    'ca.crt': stranger.cert,
    'crl.pem': revocations(authority, [server]),
  })
  // One for each group of files, however many places have it.
  await told(/files of TLS have changed and count/g, 4)
  // Connections that are open, and sessions, are of peers on the terms of before.
  expect(await all()).toEqual(['second', 'second', 'relocked', 502, 502])
  expect(backend.reused.slice(4)).not.toContain(true)

  const agreed = backend.agreed.length
  write({ 'pair.crt': 'rubbish', 'pair.key': first.key })
  await told(/those of before go on to count: .*pair\.(?:crt|key)/g, 1)
  expect(await ask('/pair/')).toBe('second')
  expect(backend.agreed).toHaveLength(agreed)
  write({ 'pair.crt': first.cert })
  await told(/files of TLS have changed and count/g, 5)
  expect(await ask('/pair/inner')).toBe('first')
})
