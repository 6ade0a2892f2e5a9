import { beforeAll, describe, expect, test } from 'vitest'
import { certificate, type Pair } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { GET } from '../harness/raw-client.ts'
import { shown } from '../harness/shown-certificate.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'

const pairFor = (name: string) => certificate({ subject: `/CN=${name}`, names: [name] })
const own = pairFor('own.test')
const shop = pairFor('shop.test')

const filesOf = (name: string, { cert, key }: Pair) => ({
  [`${name}.crt`]: cert,
  [`${name}.key`]: key,
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
