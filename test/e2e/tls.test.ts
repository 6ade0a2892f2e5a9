import { spawn } from 'node:child_process'
import { constants, createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import net from 'node:net'
import type tls from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { clientHello } from '../harness/client-hello.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { type Nginx, nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { origin } from '../harness/origin.ts'
import { connect, GET, request } from '../harness/raw-client.ts'
import { revocations } from '../harness/revocations.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { until } from '../harness/wait.ts'
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

const ONE = `
worker_processes: 4
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      keepalive_requests: 100000
      client_max_body_size: 64m
      location:
        /: { return: 200 "$pid $ssl_session_reused" }
        /big: { proxy_pass: "http://ORIGIN" }
        /upgrade:
          proxy_pass: "http://ORIGIN"
          proxy_http_version: 1.1
          proxy_set_header: [ Upgrade $http_upgrade, Connection upgrade ]
`

async function one(where = '127.0.0.1:1', more = '') {
  return startGateway({ yaml: ONE.replaceAll('ORIGIN', where) + more, files: FILES })
}

test('sessions go on at whatever worker, also after a reload', async () => {
  const gateway = await one()
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

test.each([
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

test('files that change count without a reload, and rubbish does not', async () => {
  const second = certificate({ subject: '/CN=second', names: ['localhost'], by: authority })
  const gateway = await one()
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
  const { client: leaving, socket } = await connectTls(gateway.port(), shownBy(client))
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
