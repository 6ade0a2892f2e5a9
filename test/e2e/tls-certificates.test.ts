import type tls from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate, type Pair } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type Nginx, nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { Workspace } from '../harness/workspace.ts'

const pairFor = (name: string) => certificate({ subject: `/CN=${name}`, names: [name] })
const own = pairFor('own.test')
const shop = pairFor('shop.test')
const rsa = certificate({ subject: '/CN=rsa', kind: 'rsa' })

const filesOf = (name: string, { cert, key }: Pair) => ({
  [`${name}.crt`]: cert,
  [`${name}.key`]: key,
})

/** OpenSSL tells names of alerts, or numbers. */
const ALERTS = {
  'alert number 112': 'alert unrecognized name',
  'alert number 80': 'alert internal error',
}

/** Whose certificate a client is shown, or what the handshake ends with. */
async function shown(port: number, servername: string, options: tls.ConnectionOptions = {}) {
  try {
    const { client, socket } = await connectTls(port, { servername, ...options })
    expect((await client.exchange(GET('/'))).status).toBe(200)
    return socket.getPeerCertificate().subject.CN
  } catch (error) {
    const found = /alert (?:number \d+|[a-z ]+)/.exec((error as Error).message)?.[0] ?? 'refused'
    return ALERTS[found as keyof typeof ALERTS] ?? found
  }
}

const VARIABLES = (dir: string) => `
server { listen 127.0.0.1:%%PORT%% ssl; location / { return 200 x; }
         ssl_certificate ${dir}/$ssl_server_name.crt; ssl_certificate_key ${dir}/$ssl_server_name.key; }
map $ssl_server_name $kind { default own.test; ~^shop shop.test; }
server { listen 127.0.0.1:%%PORT_1%% ssl; location / { return 200 x; }
         ssl_certificate ${dir}/$kind.crt; ssl_certificate_key ${dir}/$kind.key;
         ssl_certificate ${dir}/rsa.crt; ssl_certificate_key ${dir}/rsa.key; }
`

describe.skipIf(nginxMissing() !== undefined)('files named by variables, beside nginx', () => {
  let ours: Gateway
  let theirs: Nginx
  let workspace: Workspace

  beforeAll(async () => {
    workspace = new Workspace('tls-certificates')
    const files = { ...filesOf('own.test', own), ...filesOf('shop.test', shop) }
    const others = {
      ...filesOf('rsa', rsa),
      'broken.test.crt': own.cert,
      'broken.test.key': shop.key,
    }
    for (const [name, text] of Object.entries({ ...files, ...others })) workspace.write(name, text)
    const conf = VARIABLES(workspace.dir)
    ours = await startGateway({ yaml: `worker_processes: 1\nhttp: ${asYaml(conf)}` })
    theirs = await nginx(conf)
    ours.expect(/cannot read|is not that of certificate/)
  })

  const ECDSA = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const
  const RSA = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const

  test.each([
    ['a name', 0, 'own.test', {}, 'own.test'],
    ['another name', 0, 'shop.test', {}, 'shop.test'],
    ['a name without files', 0, 'nowhere.test', {}, 'alert internal error'],
    ['a key of another certificate', 0, 'broken.test', {}, 'alert internal error'],
    ['no name', 0, '', {}, 'alert internal error'],
    ['a map', 1, 'shop.anything', ECDSA, 'shop.test'],
    ['a map’s default', 1, 'x.test', ECDSA, 'own.test'],
    ['a second pair', 1, 'shop.test', RSA, 'rsa'],
  ] as const)('%s', async (_, port, name, options, expected) => {
    const mine = await shown(ours.port(port), name, options)
    expect(mine).toBe(expected)
    expect(mine).toBe(await shown(theirs.port(port), name, options))
  })

  test('a new file counts at once', async () => {
    const renewed = certificate({ subject: '/CN=renewed' })
    workspace.write('fresh.test.crt', own.cert)
    workspace.write('fresh.test.key', own.key)
    expect(await shown(ours.port(), 'fresh.test')).toBe('own.test')
    workspace.write('fresh.test.crt', renewed.cert)
    workspace.write('fresh.test.key', renewed.key)
    expect(await shown(ours.port(), 'fresh.test')).toBe('renewed')
  })
})

const PLUGIN = (pairs: Readonly<Record<string, Pair>>) => `
import { definePlugin, flag } from 'gateway/plugin'

const pairs = ${JSON.stringify(pairs)}
const asked = []

export default definePlugin({
  name: 'tenants',
  directives: {
    tenants: flag({ in: ['http', 'server', 'location'], default: false, doc: 'Chooses certificates.' }),
  },
  prepare: ({ tenants }) => (tenants ? {} : undefined),
  certificate(name, client) {
    asked.push(name + ' ' + client.address + ' ' + client.tls.ciphers.includes(0x1301))
    if (name === 'throws.test') throw new Error('no luck')
    if (name === 'rejects.test') return Promise.reject(new Error('no luck later'))
    if (name === 'hangs.test') return new Promise(() => {})
    if (name === 'rubbish.test') return { certificate: 'rubbish', key: 'rubbish' }
    if (name === 'wrong.test') return { certificate: 1 }
    const pair = pairs[name]
    const found = pair && { certificate: pair.cert, key: pair.key }
    return name.startsWith('later') ? new Promise((resolve) => setTimeout(resolve, 5, found)) : found
  },
  content: (x) => (x.uri === '/asked' ? x.respond(200, asked.join(',')) : 'next'),
})
`

describe('a plugin that chooses', () => {
  let gateway: Gateway

  beforeAll(async () => {
    gateway = await startGateway({
      files: {
        'tenants.ts': PLUGIN({
          'one.test': pairFor('one.test'),
          'later.test': pairFor('later.test'),
        }),
        ...filesOf('own', own),
        ...filesOf('other', shop),
      },
      yaml: `
worker_processes: 1
plugins: ./tenants.ts
http:
  ssl_handshake_timeout: 500ms
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      tenants: on
      ssl_certificate: own.crt
      ssl_certificate_key: own.key
      location: { /: { return: 200 x }, = /asked: {} }
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: throws.test
      ssl_certificate: other.crt
      ssl_certificate_key: other.key
      location: { /: { return: 200 x } }
    - listen: 127.0.0.1:%%PORT_1%% ssl
      tenants: on
      location: { /: { return: 200 x } }
`,
    })
    gateway.expect(/no certificate was chosen/)
  })

  test.each([
    ['now', 0, 'one.test', 'one.test'],
    ['in capitals', 0, 'ONE.Test', 'one.test'],
    ['later', 0, 'later.test', 'later.test'],
    ['nothing, and the server has one', 0, 'unknown.test', 'own.test'],
    ['nothing later', 0, 'later.unknown.test', 'own.test'],
    ['nothing, and there is none', 1, 'unknown.test', 'alert unrecognized name'],
    ['for a server without one', 1, 'one.test', 'one.test'],
    ['and rejects, where the server has one', 0, 'rejects.test', 'own.test'],
    ['and rejects, where there is none', 1, 'rejects.test', 'alert internal error'],
    ['and throws', 1, 'throws.test', 'alert internal error'],
    ['rubbish', 0, 'rubbish.test', 'own.test'],
    ['no pair', 1, 'wrong.test', 'alert internal error'],
    ['never', 0, 'hangs.test', 'own.test'],
    ['never, and there is none', 1, 'hangs.test', 'alert internal error'],
    ['for one server, not for another', 0, 'throws.test', 'shop.test'],
  ])('%s', async (_, number, name, expected) => {
    expect(await shown(gateway.port(number), name)).toBe(expected)
  })

  test('it is told who asks, and for what; once with each handshake', async () => {
    const { client } = await connectTls(gateway.port(), { servername: 'told.test' })
    const asked = (await client.exchange(GET('/asked'))).text.split(',')
    expect(asked.filter((each) => each.startsWith('told.test'))).toEqual([
      'told.test 127.0.0.1 true',
    ])
  })

  test('what it is to blame for is told', async () => {
    await shown(gateway.port(), 'rejects.test')
    await gateway.logged(/no certificate was chosen for "rejects\.test": no luck later while SSL/)
    await shown(gateway.port(), 'hangs.test')
    await gateway.logged(/no certificate was chosen for "hangs\.test": it takes longer than 250 ms/)
  })

  test('sessions go on whatever was chosen', async () => {
    const servername = 'later.test'
    const { client, socket } = await connectTls(gateway.port(), { servername })
    await client.exchange(GET('/'))
    const session = socket.getSession()
    const { socket: again } = await connectTls(gateway.port(), { servername, session })
    expect(again.isSessionReused()).toBe(true)
  })

  test('who leaves or asks slowly meanwhile is forgotten', async () => {
    const leaving = Array.from({ length: 20 }, () => {
      return connectTls(gateway.port(), { servername: 'hangs.test' }).catch(() => undefined)
    })
    const sockets = await Promise.all(leaving)
    for (const each of sockets) each?.socket.destroy()
    expect(await shown(gateway.port(), 'one.test')).toBe('one.test')
  })
})

test('names from clients lead to no other folder', async () => {
  const gateway = await startGateway({
    files: { 'in/x.crt': shop.cert, 'in/x.key': shop.key, 'a.crt': own.cert, 'a.key': own.key },
    yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: in/$ssl_server_name.crt
      ssl_certificate_key: in/$ssl_server_name.key
      location: { /: { return: 200 x } }
`,
  })
  gateway.expect(/cannot read/)
  expect(await shown(gateway.port(), 'x')).toBe('shop.test')
  for (const name of ['../a', '..', './x', 'y/../x', '/a']) {
    expect([name, await shown(gateway.port(), name)]).toEqual([name, 'alert internal error'])
  }
  expect(gateway.errorLog()).toMatch(/cannot read "\S+\/in\/\.crt"/)
})

test('files with variables are kept as long as they may be; certificates may stand in variables', async () => {
  const pem = ({ cert, key }: Pair) => `${cert}${key}`
  const gateway = await startGateway({
    files: { 'x.crt': shop.cert, 'x.key': shop.key, 'data.ts': DATA(pem(rsa)) },
    yaml: `
worker_processes: 1
plugins: ./data.ts
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: $ssl_server_name.crt
      ssl_certificate_key: $ssl_server_name.key
      ssl_certificate_cache: max=10 inactive=1h valid=1h
      location: { /: { return: 200 x } }
    - listen: 127.0.0.1:%%PORT_1%% ssl
      ssl_certificate: data:$pem
      ssl_certificate_key: data:$pem
      location: { /: { return: 200 x } }
`,
  })
  expect(await shown(gateway.port(), 'x')).toBe('shop.test')
  gateway.workspace.write('x.crt', own.cert)
  gateway.workspace.write('x.key', own.key)
  expect(await shown(gateway.port(), 'x')).toBe('shop.test')
  expect(await shown(gateway.port(1), 'x')).toBe('rsa')
})

const DATA = (pem: string) => `
import { definePlugin } from 'gateway/plugin'
export default definePlugin({
  name: 'data',
  variables: { pem: { doc: 'A certificate and its key.', get: () => ${JSON.stringify(pem)} } },
})
`

test.each([
  ['max=0', /"max" must be a number above 0/],
  ['inactive=1m', /"max" must be a number above 0/],
  ['max=1 size=2', /unknown parameter "size=2"/],
  ['on', /unknown parameter "on"/],
])('ssl_certificate_cache %s is refused', async (words, fault) => {
  const yaml = `http: { ssl_certificate_cache: ${words}, server: { listen: 127.0.0.1:%%PORT%% } }`
  await expect(startGateway({ yaml })).rejects.toThrow(fault)
})
