import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { besideNginx } from '../harness/beside-nginx.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

// Two servers are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ECHO = `add_header X-Echo "$remote_addr|$remote_port|$realip_remote_addr|$realip_remote_port" always;`

/** Server blocks that trust 127.0.0.1 in different ways; all answer with the client's address. */
const SERVERS = [
  'set_real_ip_from 127.0.0.1;',
  'set_real_ip_from 127.0.0.0/8; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;',
  `set_real_ip_from 127.0.0.0/8; set_real_ip_from 10.0.0.0/8; set_real_ip_from 2001:db8::/32;
   real_ip_header X-Forwarded-For; real_ip_recursive on;`,
  'set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;',
  'set_real_ip_from localhost; real_ip_header X-Client; real_ip_recursive on;',
  'set_real_ip_from unix:; set_real_ip_from ::1;',
  'set_real_ip_from 0.0.0.0/0; real_ip_header proxy_protocol;',
].map((directives) => `${directives} ${ECHO} return 200 "$remote_addr";`)

const VALUES = [
  '192.0.2.7',
  '192.0.2.7:8080',
  '192.0.2.7:0',
  '192.0.2.7:65536',
  '192.000.02.007',
  '2001:DB8::1',
  '[2001:db9::1]:443',
  '[2001:db9::1]',
  '::ffff:192.0.2.7',
  '::ffff:10.0.0.1',
  'unknown',
  '',
  '192.0.2.7,',
  ' ,192.0.2.7',
  '6.6.6.6, 192.0.2.7',
  '6.6.6.6, 192.0.2.7, 10.0.0.1',
  '6.6.6.6,192.0.2.7,10.0.0.1,2001:db8::1',
  '192.0.2.7, ::ffff:10.0.0.1',
  '10.0.0.2, 10.0.0.1',
  '192.0.2.7, x, 10.0.0.1',
  '192.0.2.7 10.0.0.1',
  'unix:',
  'localhost',
]

test.skipIf(nginxMissing())(
  'finds the same clients as nginx',
  async () => {
    const pair = await besideNginx(SERVERS)
    for (const [number] of SERVERS.entries()) {
      for (const name of ['X-Real-IP', 'X-Forwarded-For', 'X-Client']) {
        for (const value of VALUES) {
          const { ours, theirs } = await pair.ask('/', number, { headers: { [name]: value } })
          expect([number, name, value, ours]).toEqual([number, name, value, theirs])
        }
      }
    }
  },
  60_000,
)

test.skipIf(nginxMissing())('of a location finds the same clients as nginx', async () => {
  const inner = (directives: string) => `{ ${directives} try_files /none @echo; }`
  const pair = await besideNginx(`
    set_real_ip_from 127.0.0.1;
    location @echo { ${ECHO} return 200 "$remote_addr"; }
    location /inherits ${inner('')}
    location /other ${inner('set_real_ip_from 10.0.0.0/8;')}
    location /forwarded ${inner('real_ip_header X-Forwarded-For;')}
    location /rules ${inner('deny 192.0.2.7; allow all;')}
    location /early { rewrite ^ /late?$remote_addr; }
    location /late ${inner('')}
  `)
  const headers = { 'X-Real-IP': '192.0.2.7', 'X-Forwarded-For': '192.0.2.8' }
  for (const more of [{ headers }, { headers: { 'X-Forwarded-For': '192.0.2.8' } }]) {
    for (const target of ['/inherits', '/other', '/forwarded', '/rules', '/early']) {
      const { ours, theirs } = await pair.ask(target, 0, more)
      expect([target, ours]).toEqual([target, theirs])
    }
  }
})

test('everything that follows sees the client, and nothing of the next request does', async () => {
  const origin = await httpOrigin()
  const peers = await Promise.all(['a', 'b', 'c'].map((body) => httpOrigin(() => ({ body }))))
  const gateway = await startGateway({
    yaml: `
http:
  log_format: seen '$remote_addr $status'
  access_log: access.log seen
  limit_req_zone: $binary_remote_addr zone=req:1m rate=1r/m
  geo: { $net: { default: other, 192.0.2.0/24: test } }
  upstream:
    three: { ip_hash: on, server: [${peers.map((peer) => peer.address).join(', ')}] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      set_real_ip_from: 127.0.0.1
      location:
        /hash: { proxy_pass: http://three }
        /limit: { limit_req: zone=req, try_files: /x @ok }
        '@ok': { return: 204 }
        /access: { deny: 192.0.2.7, try_files: /x @ok }
        /geo: { return: 200 $net }
        /pass:
          proxy_pass: http://${origin.address}
          proxy_set_header: [X-Forwarded-For $proxy_add_x_forwarded_for, X-Real-IP $remote_addr]
`,
    expected: ['access forbidden by rule', 'limiting requests'],
  })
  const port = gateway.port()
  const client = await connect(port)
  const ask = (path: string, address?: string) =>
    client.exchange(GET(path, address === undefined ? {} : { 'X-Real-IP': address }))
  // All on one connection.
  expect((await ask('/geo', '192.0.2.7')).text).toBe('test')
  expect((await ask('/geo')).text).toBe('other')
  expect((await ask('/access', '192.0.2.7')).status).toBe(403)
  expect((await ask('/access')).status).toBe(204)
  expect((await ask('/access', '192.0.2.8')).status).toBe(204)
  for (const address of ['192.0.2.7', '192.0.2.8', undefined]) {
    expect((await ask('/limit', address)).status).toBe(204)
    expect((await ask('/limit', address)).status).toBe(503)
  }
  await ask('/pass', '192.0.2.7')
  await ask('/pass')
  expect(
    origin.requests.map(({ headers }) => [
      headers.get('x-forwarded-for'),
      headers.get('x-real-ip'),
    ]),
  ).toEqual([
    ['192.0.2.7', '192.0.2.7'],
    ['127.0.0.1', '127.0.0.1'],
  ])
  const chosen = new Set<string>()
  for (let net = 0; net < 32; net++) chosen.add((await ask('/hash', `10.0.${net}.1`)).text)
  expect(chosen.size).toBe(3)
  client.destroy()
  await until('the log', () => gateway.accessLog().split('\n').length > 45)
  expect(gateway.accessLog().split('\n').slice(0, 5)).toEqual([
    '192.0.2.7 200',
    '127.0.0.1 200',
    '192.0.2.7 403',
    '127.0.0.1 204',
    '192.0.2.8 204',
  ])
  expect(gateway.errorLog()).toMatch(/access forbidden by rule.*client: 192\.0\.2\.7/)
})

test('limit_conn counts clients, not their proxy', async () => {
  const waiting: (() => void)[] = []
  const origin = await httpOrigin(async () => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return { body: 'late' }
  })
  const gateway = await startGateway({
    yaml: `
http:
  limit_conn_zone: $binary_remote_addr zone=conn:1m
  limit_conn: conn 1
  limit_conn_log_level: info
  set_real_ip_from: 127.0.0.1
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${origin.address}" } }
`,
  })
  const ask = (address: string) => get(gateway.port(), '/', { 'X-Real-IP': address })
  const first = ask('192.0.2.7')
  await until('the first', () => waiting.length === 1)
  expect((await ask('192.0.2.7')).status).toBe(503)
  const second = ask('192.0.2.8')
  await until('the second', () => waiting.length === 2)
  for (const answer of waiting) answer()
  expect([(await first).status, (await second).status]).toEqual([200, 200])
})

test('connections over a unix socket are a trusted proxy’s', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'real-ip-'))
  onCleanup(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'socket')
  await startGateway({
    yaml: `
http:
  server:
    - listen: "unix:${path}"
      set_real_ip_from: "unix:"
      return: 200 "$remote_addr|$remote_port|$realip_remote_addr|$realip_remote_port"
`,
  })
  const answer = await get(path, '/', { 'X-Real-IP': '192.0.2.7:80' })
  expect(answer.text).toBe('192.0.2.7|80|unix:|')
})

test('a name that is unknown refuses the configuration', async () => {
  // Longer than a label may be, so that no name server is asked.
  const nobody = 'x'.repeat(64)
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      set_real_ip_from: localhost
      return: 200 $remote_addr
`,
    expected: ['host not found', 'reload failed'],
  })
  await gateway.configure(`
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      set_real_ip_from: ${nobody}
      return: 200 new
`)
  await gateway.reload('sent')
  await gateway.logged(new RegExp(`host not found in "${nobody}"`))
  expect((await get(gateway.port(), '/', { 'X-Real-IP': '192.0.2.7' })).text).toBe('192.0.2.7')
})
