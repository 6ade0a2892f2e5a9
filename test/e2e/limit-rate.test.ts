import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

/** So slow that none of these ends within a test, however busy the machine is. */
const RATE = '1k'
const SIZE = 1_000_000
/** No piece of it is like another, so that none can take another's place. */
const BODY = Array.from({ length: SIZE / 8 }, (_, i) => `${i}`.padStart(8)).join('')

async function started(http = '') {
  const backend = await httpOrigin(({ headers }) => ({
    headers: ['X-Accel-Limit-Rate', 'X-Accel-Buffering', 'X-Accel-Redirect'].flatMap((name) => {
      const value = headers.get(`want-${name}`)
      return value === undefined ? [] : [[name, value] as const]
    }),
    body: BODY,
  }))
  const gateway = await startGateway({
    yaml: `
http:
  log_format: of "$request_uri $status $body_bytes_sent $request_completion $limit_rate"
  access_log: access.log of
  map: { $arg_rate $chosen: { default: "", slow: ${RATE}, wrong: x } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: "%%DIR%%"
${http}
      location:
        /: { proxy_pass: "http://${backend.address}" }
        = /file: { limit_rate: ${RATE} }
        = /unlimited: { limit_rate: 0 }
        /text: { limit_rate: ${RATE}, default_type: text/plain, return: 200 "${'y'.repeat(100_000)}" }
        /peer: { proxy_pass: "http://${backend.address}", limit_rate: ${RATE} }
        /unbuffered: { proxy_pass: "http://${backend.address}", limit_rate: ${RATE}, proxy_buffering: off }
        /read: { proxy_pass: "http://${backend.address}", proxy_limit_rate: ${RATE} }
        /read-unbuffered: { proxy_pass: "http://${backend.address}", proxy_limit_rate: ${RATE}, proxy_buffering: off }
        /variable: { proxy_pass: "http://${backend.address}", limit_rate: $chosen }
        /set: [ { set: $limit_rate $arg_rate }, { proxy_pass: "http://${backend.address}" } ]
        /if: [ { if: { ($arg_slow): [ { limit_rate: ${RATE} } ] } }, { proxy_pass: "http://${backend.address}" } ]
        /after: { proxy_pass: "http://${backend.address}", limit_rate: ${RATE}, limit_rate_after: ${SIZE} }
`,
    expected: [/invalid size "x"|invalid \$limit_rate "1x"/],
  })
  writeFileSync(`${gateway.dir}/file`, BODY)
  writeFileSync(`${gateway.dir}/unlimited`, BODY)
  return { gateway, port: gateway.port(), backend }
}

const LIMITED: readonly (readonly [path: string, headers?: Record<string, string>])[] = [
  ['/file'],
  ['/file', { Range: 'bytes=1-900000' }],
  ['/text'],
  ['/peer'],
  ['/read'],
  ['/variable?rate=slow'],
  ['/set?rate=1024'],
  ['/if?slow=1'],
  ['/', { 'Want-X-Accel-Limit-Rate': '1024' }],
  ['/', { 'Want-X-Accel-Limit-Rate': '1024', 'Want-X-Accel-Redirect': '/unlimited' }],
  ['/unbuffered', { 'Want-X-Accel-Buffering': 'yes' }],
]

const UNLIMITED: typeof LIMITED = [
  ['/'],
  ['/unlimited'],
  ['/variable'],
  ['/variable?rate=wrong'],
  ['/set?rate=0'],
  ['/set?rate=1x'],
  ['/if'],
  ['/after'],
  ['/unbuffered'],
  ['/read-unbuffered'],
  ['/peer', { 'Want-X-Accel-Limit-Rate': '0' }],
  ['/peer', { 'Want-X-Accel-Buffering': 'no' }],
]

test('a limited response is still on its way when those asked later are there', async () => {
  const { gateway, port } = await started()
  const slow = await Promise.all(
    LIMITED.map(async ([path, headers]) => {
      const client = await connect(port)
      await client.send(request(`GET ${path}`, headers))
      const head = await client.incoming.until('\r\n\r\n')
      expect([path, head.toString()]).toEqual([path, expect.stringMatching(/^HTTP\/1.1 20[06]/)])
      return client
    }),
  )
  for (const [path, headers] of UNLIMITED) {
    const { status, text } = await get(port, path, headers)
    expect([path, status, text === BODY]).toEqual([path, 200, true])
  }
  // Asked last, all of these are there before any of those asked first.
  expect(gateway.accessLog().match(/OK/g)).toHaveLength(UNLIMITED.length)
  for (const client of slow) client.destroy()
  const all = UNLIMITED.length + LIMITED.length
  await until('the log', () => gateway.accessLog().trim().split('\n').length === all)
  for (const line of gateway.accessLog().trim().split('\n')) {
    const [target, , sent, ...rest] = line.split(' ')
    if (rest[0] === 'OK') continue
    expect([target, Number(sent) < SIZE / 2]).toEqual([target, true])
    if (!target?.startsWith('/read')) expect([target, rest.at(-1)]).toEqual([target, '1024'])
  }
}, 60_000)

test('a limited response comes whole, and its connection goes on', async () => {
  const { port } = await started()
  const body = await connect(port)
  await body.send(request('GET /', { 'Want-X-Accel-Limit-Rate': '400000' }))
  expect((await body.response()).text === BODY).toBe(true)
  expect((await body.exchange(request('GET /unlimited'))).text.length).toBe(SIZE)
}, 60_000)

test('a client that leaves a limited response leaves nothing behind', async () => {
  const { gateway, port, backend } = await started()
  for (const path of ['/file', '/peer', '/read']) {
    const client = await connect(port)
    await client.send(request(`GET ${path}`))
    await client.incoming.until('17')
    client.destroy()
  }
  await until('the log', () => gateway.accessLog().trim().split('\n').length === 3)
  await until('the peers to be left', () => backend.open === 0)
  // Nothing keeps a worker that is to leave.
  await gateway.reload()
}, 60_000)

test.skipIf(nginxMissing())(
  '$limit_rate is what nginx says it is',
  async () => {
    const theirs = await nginx(
      `server {
      listen 127.0.0.1:%%PORT_0%%;
      add_header X-Limit $limit_rate;
      location / { limit_rate 1m; return 200 x; }
      location /set { set $limit_rate 2k; return 200 x; }
      location /wrong { set $limit_rate 2x; return 200 x; }
      location /both { limit_rate 1m; set $limit_rate 3m; return 200 x; }
    }`,
    )
    const ours = await startGateway({
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      add_header: X-Limit $limit_rate
      location:
        /: { limit_rate: 1m, return: 200 x }
        /set: { set: $limit_rate 2k, return: 200 x }
        /wrong: { set: $limit_rate 2x, return: 200 x }
        /both: { limit_rate: 1m, set: $limit_rate 3m, return: 200 x }
`,
      expected: [/invalid \$limit_rate "2x"/],
    })
    for (const path of ['/', '/set', '/wrong', '/both']) {
      const [one, other] = [await get(ours.port(), path), await get(theirs.port(0), path)]
      expect([path, one.headers.get('x-limit')]).toEqual([path, other.headers.get('x-limit')])
    }
  },
  60_000,
)
