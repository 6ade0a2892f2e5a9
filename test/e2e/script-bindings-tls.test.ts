import { beforeAll, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { get } from '../harness/raw-client.ts'
import { revocations } from '../harness/revocations.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type TlsOrigin, tlsOrigin } from '../harness/tls-origin.ts'
import { Workspace } from '../harness/workspace.ts'

const names = ['api.test']
const authority = certificate({ subject: '/CN=Authority', authority: true })
const world = certificate({ subject: '/CN=World', authority: true })
const own = certificate({ subject: '/CN=api.test', names, by: authority })
const known = certificate({ subject: '/CN=api.test', names, by: world })
const client = certificate({ subject: '/CN=first' })
const renewed = certificate({ subject: '/CN=second' })

const FILES = {
  'shop.ts': `
export default {
  async fetch(request: Request, env: Record<string, { fetch(url: string): Promise<Response> }>) {
    const name = new URL(request.url).pathname.slice(1)
    try {
      const answer = await env[name]!.fetch('http://shop.example/')
      return new Response(await answer.text())
    } catch (error) {
      return new Response(JSON.stringify({ caught: String(error) }))
    }
  },
}
`,
  'ca.crt': authority.cert,
  'list.crl': revocations(authority, [own]),
  'client.crt': client.cert,
  'client.key': client.key,
}

let gateway: Gateway
let api: TlsOrigin

beforeAll(async () => {
  // Node reads it when it starts: a public authority of its own.
  const outside = new Workspace('script-bindings-tls')
  outside.write('world.crt', world.cert)
  api = await tlsOrigin({ cert: own.cert, key: own.key })
  const shop = await tlsOrigin({ cert: known.cert, key: known.key })
  const mute = await origin(async (peer) => {
    await peer.incoming.take(1)
    await peer.send('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  const plain = await httpOrigin(() => ({ body: '{"plain":true}' }))
  const trusted = 'trusted_certificate=ca.crt'
  gateway = await startGateway({
    files: FILES,
    env: { NODE_EXTRA_CA_CERTS: outside.path('world.crt') },
    expected: [/while SSL handshaking to upstream/],
    yaml: `
worker_processes: 1
http:
  upstream: { api.test: { server: "${api.address}", keepalive: 4 } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          script:
            file: shop.ts
            bindings:
              PLAIN: upstream:http://${plain.address}
              NAMED: upstream:https://api.test ${trusted}
              GIVEN: upstream:https://${api.address} name=api.test ${trusted}
              WORLD: upstream:https://${shop.address} name=api.test
              SHOWN: upstream:https://api.test ${trusted} certificate=client.crt certificate_key=client.key
              OFF: upstream:https://${api.address} verify=off
              UNKNOWN: upstream:https://api.test
              NARROW: upstream:https://${shop.address} name=api.test ${trusted}
              ADDRESS: upstream:https://${api.address} ${trusted}
              OTHER: upstream:https://${api.address} name=other.test ${trusted}
              REVOKED: upstream:https://api.test ${trusted} crl=list.crl
              MUTE: upstream:https://${mute.address} verify=off
`,
  })
})

const ask = async (name: string) => JSON.parse((await get(gateway.port(), `/${name}`)).text)

test.each([
  ['PLAIN', { plain: true }],
  ['NAMED', { name: 'api.test', host: 'shop.example', protocol: 'TLSv1.3', shown: null }],
  ['GIVEN', { name: 'api.test', host: 'shop.example' }],
  ['WORLD', { name: 'api.test' }],
  ['OFF', { name: false }],
  ['SHOWN', { shown: 'first' }],
])('%s is answered', async (name, expected) => {
  expect(await ask(name)).toMatchObject(expected)
})

test.each([
  ['UNKNOWN', /verify error: \(unable to verify the first certificate\)/],
  ['NARROW', /verify error: \(unable to verify the first certificate\)/],
  ['ADDRESS', /does not match "127\.0\.0\.1"/],
  ['OTHER', /does not match "other\.test"/],
  ['REVOKED', /verify error: \(certificate revoked\)/],
  ['MUTE', /SSL_do_handshake\(\) failed/],
])('%s is an error the script can catch, which does not tell why', async (name, fault) => {
  expect(await ask(name)).toEqual({ caught: 'TypeError: fetch: no answer (fetch_failed)' })
  await gateway.logged(
    new RegExp(`${fault.source}.* while SSL handshaking to upstream.*"GET /${name} `),
  )
})

test('connections are kept, and shared only on the same terms', async () => {
  await ask('NAMED')
  const { length } = api.agreed
  for (let i = 0; i < 3; i++) await ask('NAMED')
  expect(api.agreed).toHaveLength(length)
  // The same peers, which have to show themselves to whom believes others.
  expect(await ask('UNKNOWN')).toHaveProperty('caught')
})

test('files that change count without a reload', async () => {
  expect(await ask('SHOWN')).toMatchObject({ shown: 'first' })
  gateway.workspace.write('client.crt', renewed.cert)
  gateway.workspace.write('client.key', renewed.key)
  await gateway.logged(/files of TLS have changed and count/)
  expect(await ask('SHOWN')).toMatchObject({ shown: 'second' })
})

test('what is wrong with a binding is told, each with its place', async () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['upstream:api name=x', '"name=x" is for https:// alone'],
    ['upstream:https://api verify=no', '"verify=no" is nothing to say of TLS'],
    ['upstream:https://api certificates', '"certificates" is nothing to say of TLS'],
    ['upstream:https://api name=', '"name=" is nothing to say of TLS'],
    ['upstream:https://api certificate=ca.crt', 'certificate and certificate_key belong together'],
    ['upstream:https://api trusted_certificate=none.crt', 'cannot read "'],
    ['upstream:https://api trusted_certificate=shop.ts', 'there is no certificate in "'],
    ['upstream:https://api/path', '"api/path:443" is not an address'],
  ]
  const location = ([binding]: readonly [string, string], i: number) => {
    return `        /${i}: { script: { file: shop.ts, bindings: { API: "${binding}" } } }`
  }
  const yaml = `http:
  upstream: { api: { server: 127.0.0.1:1 } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
${wrong.map(location).join('\n')}
`
  const refused = await startGateway({ yaml, files: FILES }).catch((error: Error) => error)
  const text = (refused as Error).message
  wrong.forEach(([, fault], i) => {
    const at = text.indexOf(`gateway.yaml:${6 + i}:`)
    expect(text.slice(at, text.indexOf('\n', at))).toContain(fault)
  })
})
