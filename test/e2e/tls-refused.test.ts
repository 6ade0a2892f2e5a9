import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { startGateway } from '../harness/start-gateway.ts'

const server = certificate({ subject: '/CN=localhost' })
const rsa = certificate({ subject: '/CN=localhost', kind: 'rsa' })
const locked = certificate({ subject: '/CN=localhost', kind: 'rsa', passphrase: 'open sesame' })

const FILES = {
  'server.crt': server.cert,
  'server.key': server.key,
  'rsa.key': rsa.key,
  'locked.crt': locked.cert,
  'locked.key': locked.key,
  passwords: 'wrong\nopen sesame\n',
}

test.each([
  ['no certificate', '', /no "ssl_certificate" is defined for the "listen ... ssl" directive/],
  ['no key', 'ssl_certificate: server.crt', /no "ssl_certificate_key" is defined for certificate/],
  [
    'a key of another certificate',
    'ssl_certificate: server.crt, ssl_certificate_key: rsa.key',
    /is not that of certificate/,
  ],
  [
    'no such file',
    'ssl_certificate: none.crt, ssl_certificate_key: rsa.key',
    /cannot read .*none.crt" \(2: No such file/,
  ],
  [
    'no certificate in it',
    'ssl_certificate: passwords, ssl_certificate_key: rsa.key',
    /cannot load certificate/,
  ],
  [
    'a key without its passphrase',
    'ssl_certificate: locked.crt, ssl_certificate_key: locked.key',
    /cannot load certificate key/,
  ],
  [
    'a cipher that is none',
    'ssl_certificate: server.crt, ssl_certificate_key: server.key, ssl_ciphers: NONSENSE',
    /no cipher match/,
  ],
  [
    'a curve that is none',
    'ssl_certificate: server.crt, ssl_certificate_key: server.key, ssl_ecdh_curve: round',
    /curve/,
  ],
  ['a gap between versions', 'ssl_protocols: [TLSv1.1 TLSv1.3]', /a gap between them/],
  [
    'no authority for clients',
    'ssl_certificate: server.crt, ssl_certificate_key: server.key, ssl_verify_client: on',
    /no "ssl_client_certificate" is defined/,
  ],
  [
    'an authority that is none',
    'ssl_certificate: server.crt, ssl_certificate_key: server.key, ssl_client_certificate: passwords',
    /there is no certificate in/,
  ],
  ['a ticket key of another size', 'ssl_session_ticket_key: passwords', /must have 48 or 80 bytes/],
])('a configuration with %s is refused, with a place', async (_, directives, fault) => {
  const yaml = `http: { server: [ { listen: 127.0.0.1:%%PORT%% ssl${directives && `, ${directives}`} } ] }`
  const refused: Error = await startGateway({ yaml, files: FILES }).then(
    () => new Error('it starts'),
    (error) => error,
  )
  expect(refused.message).toMatch(fault)
  expect(refused.message).toMatch(/gateway\.yaml:1:\d+/)
})
