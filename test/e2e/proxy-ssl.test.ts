import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type Nginx, nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { origin } from '../harness/origin.ts'
import { connect, GET, request } from '../harness/raw-client.ts'
import { revocations } from '../harness/revocations.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { tlsOrigin } from '../harness/tls-origin.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const stranger = certificate({ subject: '/CN=Stranger', authority: true })
const names = ['localhost', '*.shop.test']
const server = certificate({ subject: '/CN=localhost', names, by: authority })
const foreign = certificate({ subject: '/CN=localhost', names, by: stranger })
const expired = certificate({ subject: '/CN=localhost', names, by: authority, days: -1 })
const revoked = certificate({ subject: '/CN=localhost', names, by: authority })
const client = certificate({ subject: '/CN=gateway', by: authority })
const locked = certificate({ subject: '/CN=locked', kind: 'rsa', passphrase: 'open sesame' })
const upper = certificate({ subject: '/CN=Upper', by: authority, authority: true })
const lower = certificate({ subject: '/CN=Lower', by: upper, authority: true })
const deep = certificate({ subject: '/CN=localhost', names, by: lower })

const FILES = {
  'ca.crt': authority.cert,
  'ca.crl': revocations(authority, [revoked]),
  'client.crt': client.cert,
  'client.key': client.key,
  'locked.crt': locked.cert,
  'locked.key': locked.key,
  passwords: 'wrong\nopen sesame\n',
}

const shown = ({ cert, key }: typeof server) => ({ cert, key })

/** One that accepts, and does this with what is said first. */
async function rude(answer: string) {
  return origin(async (peer) => {
    await peer.incoming.take(1)
    if (answer) await peer.send(answer)
  })
}

/** What stands in the log of both; nginx tells OpenSSL’s number as well. */
const HANDSHAKE = 'while SSL handshaking to upstream'
const VERIFY = (dir: string) => `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${dir}/ca.crt;`

/** Name, directives, who is asked, and what is logged where it fails. */
const CASES: readonly [string, (dir: string) => string, string, RegExp?][] = [
  ['a peer that is believed', () => '', 'GOOD'],
  ['a stranger that is believed', () => '', 'FOREIGN'],
  ['one that is verified', (dir) => `${VERIFY(dir)} proxy_ssl_name localhost;`, 'GOOD'],
  [
    'a wildcard, with a port and SNI',
    (dir) => `${VERIFY(dir)} proxy_ssl_name a.shop.test:8443; proxy_ssl_server_name on;`,
    'GOOD',
  ],
  ['an address that is no SNI', () => 'proxy_ssl_server_name on;', 'GOOD'],
  [
    'a name of the request',
    (dir) => `${VERIFY(dir)} proxy_ssl_name $arg_name; proxy_ssl_server_name on;`,
    'GOOD',
  ],
  [
    'its own address, which it is not certified for',
    VERIFY,
    'GOOD',
    /upstream SSL certificate does not match "127\.0\.0\.1"/,
  ],
  [
    'another name',
    (dir) => `${VERIFY(dir)} proxy_ssl_name other.test;`,
    'GOOD',
    /upstream SSL certificate does not match "other\.test"/,
  ],
  [
    'an unknown authority',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost;`,
    'FOREIGN',
    /upstream SSL certificate verify error: \(.*unable to verify the first certificate\)/,
  ],
  [
    'an expired certificate',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost;`,
    'EXPIRED',
    /upstream SSL certificate verify error: \(.*certificate has expired\)/,
  ],
  [
    'a revoked certificate',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost; proxy_ssl_crl ${dir}/ca.crl;`,
    'REVOKED',
    /upstream SSL certificate verify error: \(.*certificate revoked\)/,
  ],
  [
    'one that is not revoked',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost; proxy_ssl_crl ${dir}/ca.crl;`,
    'GOOD',
  ],
  [
    'a chain that is too long',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost;`,
    'DEEP',
    /upstream SSL certificate verify error: \(.*(?:certificate chain too long|unable to get local issuer certificate)\)/,
  ],
  [
    'a long chain that may be',
    (dir) => `${VERIFY(dir)} proxy_ssl_name localhost; proxy_ssl_verify_depth 2;`,
    'DEEP',
  ],
  [
    'a certificate of ours',
    (dir) =>
      `proxy_ssl_certificate ${dir}/client.crt; proxy_ssl_certificate_key ${dir}/client.key;`,
    'GOOD',
  ],
  [
    'a key with a passphrase',
    (dir) =>
      `proxy_ssl_certificate ${dir}/locked.crt; proxy_ssl_certificate_key ${dir}/locked.key;
       proxy_ssl_password_file ${dir}/passwords;`,
    'GOOD',
  ],
  [
    'a version and a cipher',
    () => 'proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305;',
    'GOOD',
  ],
  [
    'no version in common',
    () => 'proxy_ssl_protocols TLSv1.2;',
    'NEW',
    /SSL_do_handshake\(\) failed/,
  ],
  ['rubbish instead of TLS', () => '', 'RUBBISH', /SSL_do_handshake\(\) failed/],
  ['one that closes', () => '', 'CLOSES', /peer closed connection in SSL handshake/],
  ['the next one', VERIFY_NEXT, 'several', /verify error/],
  ['a destination of the request', () => '', '$arg_to'],
]

function VERIFY_NEXT(dir: string): string {
  return `${VERIFY(dir)} proxy_ssl_name localhost;`
}

describe.skipIf(nginxMissing() !== undefined)('beside nginx', () => {
  let ours: Gateway
  let theirs: Nginx
  let good: string

  beforeAll(async () => {
    const workspace = new Workspace('proxy-ssl')
    for (const [name, text] of Object.entries(FILES)) workspace.write(name, text)
    const { dir } = workspace
    const chain = { cert: deep.cert + lower.cert + upper.cert, key: deep.key }
    const origins: Record<string, { address: string }> = {
      GOOD: await tlsOrigin(shown(server)),
      FOREIGN: await tlsOrigin(shown(foreign)),
      EXPIRED: await tlsOrigin(shown(expired)),
      REVOKED: await tlsOrigin(shown(revoked)),
      DEEP: await tlsOrigin(chain),
      NEW: await tlsOrigin({ ...shown(server), minVersion: 'TLSv1.3' }),
      RUBBISH: await rude('HTTP/1.1 400 Bad Request\r\n\r\n'),
      CLOSES: await rude(''),
    }
    good = origins.GOOD?.address ?? ''
    const locations = CASES.map(([, directives, to], i) => {
      const address = origins[to]?.address ?? to
      return `location /${i} { proxy_pass https://${address}; ${directives(dir)} }`
    })
    const conf = `
      proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_session_reuse off;
      upstream several { server ${origins.FOREIGN?.address}; server ${good} backup; }
      server { listen 127.0.0.1:%%PORT%%; ${locations.join('\n')} }`
    ours = await startGateway({
      yaml: `worker_processes: 1\nhttp: ${asYaml(conf)}`,
      expected: [new RegExp(HANDSHAKE)],
    })
    theirs = await nginx(conf)
  })

  const numbered = CASES.map(([title, , , fault], number) => ({ title, fault, number }))

  test.each(numbered)('$title', async ({ fault, number, title }) => {
    const ask = async (port: number) => {
      const one = await connect(port)
      const { status, text } = await one.exchange(GET(`/${number}?to=${good}&name=b.shop.test`))
      return { status, text: status === 200 ? JSON.parse(text) : '' }
    }
    const mine = await ask(ours.port())
    expect(mine).toEqual(await ask(theirs.port()))
    expect(mine.status).toBe(fault && title !== 'the next one' ? 502 : 200)
    if (!fault) return
    const line = new RegExp(`${fault.source}.*${HANDSHAKE}.*request: "GET /${number}`)
    await ours.logged(line)
    expect(theirs.errorLog()).toMatch(line)
  })
})

const ONE = `
worker_processes: 1
http:
  upstream:
    app: { server: ORIGIN, keepalive: 8 }
  server:
    - listen: 127.0.0.1:%%PORT%%
      client_max_body_size: 64m
      proxy_ssl_verify: on
      proxy_ssl_trusted_certificate: ca.crt
      proxy_http_version: 1.1
      location:
        /kept: { proxy_pass: "https://app", proxy_ssl_name: localhost, proxy_set_header: 'Connection ""' }
        /other: { proxy_pass: "https://app", proxy_ssl_name: a.shop.test, proxy_set_header: 'Connection ""' }
        /new: { proxy_pass: "https://ORIGIN", proxy_ssl_name: $arg_name, proxy_set_header: 'Connection close' }
        /fresh: { proxy_pass: "https://ORIGIN", proxy_ssl_name: localhost, proxy_ssl_session_reuse: off, proxy_set_header: 'Connection close' }
        /upgrade:
          proxy_pass: "https://app"
          proxy_ssl_name: localhost
          proxy_set_header: [ Upgrade $http_upgrade, Connection upgrade ]
        /port: { proxy_pass: "https://127.0.0.9", add_header: 'X-To "$upstream_addr $proxy_host $proxy_port" always' }
        /unix: { proxy_pass: "https://unix:%%DIR%%/app.sock", proxy_ssl_name: localhost }
        /slow: { proxy_pass: "https://SLOW", proxy_connect_timeout: 200ms }
`

async function one(where: string, more: { expected?: RegExp[]; slow?: string } = {}) {
  const yaml = ONE.replaceAll('ORIGIN', where).replaceAll('SLOW', more.slow ?? where)
  return startGateway({ yaml, files: FILES, expected: more.expected ?? [] })
}

const say = (text: string) => (_: unknown, response: { end(text: string): void }) => {
  response.end(text)
}

test('connections are kept, and shared only by requests on the same terms', async () => {
  const backend = await tlsOrigin(shown(server), say('served'))
  const gateway = await one(backend.address)
  const browser = await connect(gateway.port())
  for (const path of ['/kept', '/kept', '/kept']) {
    expect((await browser.exchange(GET(path))).text).toBe('served')
  }
  expect(backend.agreed.length).toBe(1)
  for (const path of ['/other', '/kept', '/other']) await browser.exchange(GET(path))
  expect(backend.agreed.length).toBe(2)
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  test('sessions go on, for each name its own', async () => {
    const backend = await tlsOrigin({ ...shown(server), maxVersion: version }, say('served'))
    const gateway = await one(backend.address)
    const browser = await connect(gateway.port())
    const names = ['localhost', 'localhost', 'a.shop.test', 'localhost', 'a.shop.test']
    for (const name of names) {
      expect((await browser.exchange(GET(`/new?name=${name}`))).text).toBe('served')
    }
    await browser.exchange(GET('/fresh'))
    await browser.exchange(GET('/fresh'))
    expect(backend.reused).toEqual([false, true, false, true, true, false, false])
  })

  test('a peer that wants a certificate and is shown none', async () => {
    const backend = await tlsOrigin({
      ...shown(server),
      maxVersion: version,
      ca: authority.cert,
      rejectUnauthorized: true,
    })
    const gateway = await one(backend.address, { expected: [/upstream/] })
    const browser = await connect(gateway.port())
    expect((await browser.exchange(GET('/kept'))).status).toBe(502)
    expect((await browser.exchange(GET('/kept'))).status).toBe(502)
  })
})

test('what is sent arrives, however much of it, in both directions', async () => {
  const bytes = randomBytes(20_000_000)
  const hash = createHash('sha256').update(bytes).digest('hex')
  const backend = await tlsOrigin(shown(server), async (asked, response) => {
    if (asked.method === 'GET') response.end(bytes)
    else {
      const sum = createHash('sha256')
      for await (const chunk of asked) sum.update(chunk)
      response.end(sum.digest('hex'))
    }
  })
  const gateway = await one(backend.address)
  const browser = await connect(gateway.port())
  const { body } = await browser.exchange(GET('/kept'))
  expect(createHash('sha256').update(body).digest('hex')).toBe(hash)
  await browser.send(`POST /kept HTTP/1.1\r\nHost: h\r\nContent-Length: ${bytes.length}\r\n\r\n`)
  await browser.send(bytes)
  expect((await browser.response()).text).toBe(hash)
  expect(backend.agreed.length).toBe(1)
})

test('a tunnel carries bytes both ways', async () => {
  const backend = await tlsOrigin(shown(server))
  backend.server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
  })
  const gateway = await one(backend.address)
  const browser = await connect(gateway.port())
  await browser.send(request('GET /upgrade', { Upgrade: 'echo', Connection: 'Upgrade' }))
  await browser.incoming.until('\r\n\r\n')
  for (const text of ['first', 'second', 'x'.repeat(300_000)]) {
    await browser.send(`${text}!`)
    expect((await browser.incoming.until('!')).toString()).toBe(`${text}!`)
  }
  browser.destroy()
  await once(backend.agreed[0] as NodeJS.EventEmitter, 'close')
})

test('a peer that does not get on with the handshake: 504 when the time is over', async () => {
  const silent = await origin(async (peer) => void (await peer.incoming.rest()))
  const gateway = await one('127.0.0.1:1', {
    expected: [/upstream timed out/],
    slow: silent.address,
  })
  const browser = await connect(gateway.port())
  expect((await browser.exchange(GET('/slow'))).status).toBe(504)
  await gateway.logged(
    /upstream timed out \(110: Connection timed out\) while SSL handshaking to upstream.*"https:/,
  )
  await until('the connection is closed', () => silent.open === 0)
})

test('a client that leaves in the handshake takes the connection along', async () => {
  const silent = await origin(async (peer) => void (await peer.incoming.rest()))
  const gateway = await one(silent.address)
  const browser = await connect(gateway.port())
  await browser.send(GET('/kept'))
  await until('the connection', () => silent.open === 1)
  browser.destroy()
  await until('its end', () => silent.open === 0)
})

test('a kept connection that broke is no harm: the request goes over a new one', async () => {
  const backend = await tlsOrigin(shown(server), say('served'))
  const gateway = await one(backend.address)
  const browser = await connect(gateway.port())
  expect((await browser.exchange(GET('/kept'))).text).toBe('served')
  const below = (backend.agreed[0] as unknown as { _parent?: { write(text: string): void } })
    ._parent
  below?.write(`\x17\x03\x03\x00\x20${'y'.repeat(32)}`)
  expect((await browser.exchange(GET('/kept'))).text).toBe('served')
})

test('a peer that answers before it is asked is heard', async () => {
  const backend = await tlsOrigin(shown(server), say('late'))
  backend.server.on('secureConnection', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly')
  })
  const gateway = await one(backend.address)
  const browser = await connect(gateway.port())
  expect((await browser.exchange(GET('/kept'))).text).toBe('early')
  expect((await browser.exchange(GET('/kept'))).text).toBe('early')
})

test('a peer behind a unix socket is spoken to as any other', async () => {
  const gateway = await one('127.0.0.1:1')
  const backend = await tlsOrigin(shown(server), undefined, `${gateway.workspace.dir}/app.sock`)
  const browser = await connect(gateway.port())
  const { text } = await browser.exchange(GET('/unix'))
  expect(JSON.parse(text)).toMatchObject({ protocol: 'TLSv1.3', host: 'localhost' })
  expect(backend.agreed.length).toBe(1)
})

test('without a port, 443 is asked', async () => {
  const gateway = await one('127.0.0.1:1', { expected: [/connect\(\) failed/] })
  const browser = await connect(gateway.port())
  const { headers, status } = await browser.exchange(GET('/port'))
  expect([status, headers.get('x-to')]).toEqual([502, '127.0.0.9:443 127.0.0.9 443'])
})

test.each([
  ['no authority', 'proxy_ssl_verify: on', /no proxy_ssl_trusted_certificate for proxy_ssl_verify/],
  [
    'no key',
    'proxy_ssl_certificate: client.crt',
    /no "proxy_ssl_certificate_key" is defined for certificate/,
  ],
  [
    'a key of another certificate',
    'proxy_ssl_certificate: client.crt, proxy_ssl_certificate_key: locked.key, proxy_ssl_password_file: passwords',
    /is not that of certificate/,
  ],
  [
    'no such file',
    'proxy_ssl_trusted_certificate: none.crt',
    /cannot read .*none\.crt" \(2: No such/,
  ],
  [
    'no certificate in it',
    'proxy_ssl_trusted_certificate: passwords',
    /there is no certificate in/,
  ],
  ['a cipher that is none', 'proxy_ssl_ciphers: NONSENSE', /no cipher match/],
  ['a list that is none', 'proxy_ssl_crl: passwords', /TLS cannot be set up/],
  ['a gap between versions', 'proxy_ssl_protocols: [TLSv1.1 TLSv1.3]', /a gap between them/],
  ['a command of OpenSSL', 'proxy_ssl_conf_command: "Ciphersuites X"', /unknown directive/],
])('a configuration with %s is refused, with a place', async (_, directives, fault) => {
  const yaml = `http: { server: [ { listen: 127.0.0.1:%%PORT%%, location: { /: { proxy_pass: "https://127.0.0.1:1", ${directives} } } } ] }`
  const starts = startGateway({ yaml, files: FILES })
  await expect(starts).rejects.toThrow(fault)
  await expect(starts).rejects.toThrow(/gateway\.yaml:1:\d+/)
})
