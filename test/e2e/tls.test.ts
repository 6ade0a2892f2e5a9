import type tls from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type Nginx, nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { connect, request } from '../harness/raw-client.ts'
import { revocations } from '../harness/revocations.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { Workspace } from '../harness/workspace.ts'

const authority = certificate({ subject: '/O=Shop/CN=Authority', authority: true })
const stranger = certificate({ subject: '/CN=Stranger', authority: true })
const server = certificate({
  subject: '/CN=localhost',
  names: ['localhost', '*.shop.test'],
  by: authority,
})
const rsa = certificate({
  subject: '/CN=localhost',
  names: ['localhost'],
  kind: 'rsa',
  by: authority,
})
const locked = certificate({ subject: '/CN=localhost', kind: 'rsa', passphrase: 'open sesame' })
const client = certificate({ subject: '/C=DE/O=Über, Ltd/CN=client co', by: authority })
const foreign = certificate({ subject: '/CN=client', by: stranger })
const expired = certificate({ subject: '/CN=client', by: authority, days: -1 })

const revoked = certificate({ subject: '/CN=client', by: authority })
const usage = (extendedKeyUsage: string) =>
  certificate({
    subject: '/CN=client',
    by: authority,
    extensions: [`extendedKeyUsage=${extendedKeyUsage}`],
  })
const wrong = usage('serverAuth')
const right = usage('clientAuth')
const upper = certificate({ subject: '/CN=Upper', by: authority, authority: true })
const lower = certificate({ subject: '/CN=Lower', by: upper, authority: true })
const deep = certificate({ subject: '/CN=client', by: lower })
const near = certificate({ subject: '/CN=client', by: upper })

const FILES = {
  'ca.crl': revocations(authority, [revoked]),
  'ca.crt': authority.cert,
  'server.crt': server.cert,
  'server.key': server.key,
  'rsa.crt': rsa.cert,
  'rsa.key': rsa.key,
  'locked.crt': locked.cert,
  'locked.key': locked.key,
  passwords: 'wrong\nopen sesame\n',
}

const ECHO = `return 200 "$scheme $https $server_name $ssl_protocol $ssl_cipher $ssl_server_name $ssl_client_verify $ssl_client_s_dn $ssl_client_i_dn $ssl_client_s_dn_legacy $ssl_client_serial $ssl_client_fingerprint $ssl_client_v_end  $ssl_client_escaped_cert $ssl_client_cert $ssl_client_raw_cert $ssl_client_v_start $ssl_client_v_remain $ssl_client_i_dn_legacy $ssl_session_reused $ssl_early_data $ssl_alpn_protocol $ssl_ciphers $ssl_curves";`

/** Server blocks of one address, in nginx's syntax. */
const SERVERS = (dir: string) => `
ssl_protocols TLSv1.2 TLSv1.3;
ssl_certificate ${dir}/server.crt; ssl_certificate_key ${dir}/server.key;
server { listen 127.0.0.1:%%PORT%% ssl; server_name localhost; location / { ${ECHO} }
         error_page 497 =308 https://$host/moved; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name *.shop.test; ssl_protocols TLSv1.2;
         ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; location / { ${ECHO} } }
server { listen 127.0.0.1:%%PORT%% ssl; server_name both.test; location / { ${ECHO} }
         ssl_certificate ${dir}/rsa.crt; ssl_certificate_key ${dir}/rsa.key;
         ssl_certificate ${dir}/server.crt; ssl_certificate_key ${dir}/server.key; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name locked.test; location / { ${ECHO} }
         ssl_password_file ${dir}/passwords;
         ssl_certificate ${dir}/locked.crt; ssl_certificate_key ${dir}/locked.key; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name must.test; location / { ${ECHO} }
         ssl_verify_client on; ssl_client_certificate ${dir}/ca.crt; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name may.test; location / { ${ECHO} }
         ssl_verify_client optional; ssl_client_certificate ${dir}/ca.crt; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name any.test; location / { ${ECHO} }
         ssl_verify_client optional_no_ca; ssl_client_certificate ${dir}/ca.crt; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name crl.test; location / { ${ECHO} }
         ssl_verify_client on; ssl_trusted_certificate ${dir}/ca.crt;
         ssl_client_certificate ${dir}/ca.crt; ssl_crl ${dir}/ca.crl; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name deep.test; location / { ${ECHO} }
         ssl_verify_client on; ssl_client_certificate ${dir}/ca.crt; ssl_verify_depth 2; }
server { listen 127.0.0.1:%%PORT%% ssl; server_name no.test; ssl_reject_handshake on; }
server { listen 127.0.0.1:%%PORT_1%% ssl; ssl_verify_client on; ssl_client_certificate ${dir}/ca.crt;
         error_page 495 496 497 /why; location = /why { return 200 "why $status"; } }
`

const shownBy = ({ cert, key }: typeof client): tls.ConnectionOptions => ({ cert, key })

const chainOf = ({ cert, key }: typeof client, ...above: readonly (typeof client)[]) => {
  return { cert: cert + above.map((each) => each.cert).join(''), key }
}

/** What is asked: the name in the handshake, and in the request. */
const CASES: readonly [string, tls.ConnectionOptions, string?][] = [
  ['the default server', { servername: 'localhost' }],
  ['no name', { servername: '' }],
  ['an unknown name', { servername: 'nowhere.test' }],
  ['a wildcard, in capitals', { servername: 'A.Shop.TEST', maxVersion: 'TLSv1.2' }],
  [
    'RSA of two certificates',
    { servername: 'both.test', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  ],
  [
    'ECDSA of two certificates',
    { servername: 'both.test', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  ],
  ['a key with a passphrase', { servername: 'locked.test', maxVersion: 'TLSv1.2' }],
  ['a name that is rejected', { servername: 'no.test' }],
  ['another Host than in the handshake', { servername: 'localhost' }, 'both.test'],
  ['another Host whose server verifies clients', { servername: 'localhost' }, 'must.test'],
  ['no certificate where one must be', { servername: 'must.test' }],
  ['no certificate where one may be', { servername: 'may.test' }],
  ['a good certificate', { servername: 'must.test', ...shownBy(client) }],
  ['a stranger’s certificate', { servername: 'must.test', ...shownBy(foreign) }],
  ['a stranger’s certificate where one may be', { servername: 'may.test', ...shownBy(foreign) }],
  ['a stranger’s certificate where any may be', { servername: 'any.test', ...shownBy(foreign) }],
  ['an expired certificate where any may be', { servername: 'any.test', ...shownBy(expired) }],
  ['a revoked certificate', { servername: 'crl.test', ...shownBy(revoked) }],
  ['one that is not revoked', { servername: 'crl.test', ...shownBy(client) }],
  ['a certificate for servers', { servername: 'must.test', ...shownBy(wrong) }],
  ['a certificate for clients', { servername: 'must.test', ...shownBy(right) }],
  ['an authority between', { servername: 'must.test', ...chainOf(near, upper) }],
  ['two authorities between', { servername: 'must.test', ...chainOf(deep, lower, upper) }],
  ['two where two may be', { servername: 'deep.test', ...chainOf(deep, lower, upper) }],
  ['an expired certificate', { servername: 'must.test', ...shownBy(expired) }],
]

async function ask(port: number, options: tls.ConnectionOptions, host = options.servername) {
  try {
    const { client, socket } = await connectTls(port, options)
    const { headers, status, text } = await client.exchange(
      request('GET /', { Host: host || 'x', Connection: 'close' }),
    )
    const page = text.replace(/<center>(?:nginx|gateway)[^<]*<\/center>/, '')
    return { status, location: headers.get('location'), page, alpn: socket.alpnProtocol }
  } catch (error) {
    // Alerts are told; how a connection ends without one is not compared.
    return /alert (?:number \d+|\w+)/.exec((error as Error).message)?.[0] ?? 'refused'
  }
}

describe.skipIf(nginxMissing() !== undefined)('beside nginx', () => {
  let ours: Gateway
  let theirs: Nginx

  beforeAll(async () => {
    const workspace = new Workspace('tls')
    for (const [name, text] of Object.entries(FILES)) workspace.write(name, text)
    const conf = SERVERS(workspace.dir)
    ours = await startGateway({ yaml: `http: ${asYaml(conf)}` })
    theirs = await nginx(conf)
  })

  test.each(CASES)('%s', async (_, options, host) => {
    const [mine, its] = [
      await ask(ours.port(), options, host),
      await ask(theirs.port(), options, host),
    ]
    expect(mine).toEqual(its)
  })

  test('versions and ciphers are those of the server that is named, which nginx does not manage', async () => {
    const options = { servername: 'a.shop.test' }
    const { socket } = await connectTls(ours.port(), options)
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual([
      'TLSv1.2',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
    ])
    await expect(connectTls(ours.port(), { ...options, minVersion: 'TLSv1.3' })).rejects.toThrow(
      'alert protocol version',
    )
  })

  test.each([0, 1])('plain HTTP on port %i is told what is wrong', async (number) => {
    const answers = await Promise.all(
      [ours, theirs].map(async (each) => {
        const plain = await connect(each.port(number))
        const { headers, status, text } = await plain.exchange(
          request('GET /', { Host: 'localhost' }),
        )
        return [
          status,
          headers.get('location'),
          text.replace(/<center>(?:nginx|gateway)[^<]*<\/center>/, ''),
        ]
      }),
    )
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.[0]).not.toBe(200 + number * 1000)
  })
})
