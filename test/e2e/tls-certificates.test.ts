import { beforeAll, describe, expect, test } from 'vitest'
import { certificate, type Pair } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type Nginx, nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { shown } from '../harness/shown-certificate.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const pairFor = (name: string) => certificate({ subject: `/CN=${name}`, names: [name] })
const own = pairFor('own.test')
const shop = pairFor('shop.test')
const rsa = certificate({ subject: '/CN=rsa', kind: 'rsa' })

const filesOf = (name: string, { cert, key }: Pair) => ({
  [`${name}.crt`]: cert,
  [`${name}.key`]: key,
})

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
