import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'

vi.setConfig({ testTimeout: 30_000 })

const HAPROXY = '/usr/sbin/haproxy'
const SEEN =
  '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port'

const TEXT = Buffer.from('PROXY TCP4 10.1.2.3 10.0.0.9 4711 443\r\n')
const BINARY = Buffer.from(
  '0d0a0d0a000d0a515549540a21110013' + '0a0102030a000009126701bb' + '04000400000000',
  'hex',
)
const NAMED = '10.1.2.3 4711 10.0.0.9 443'

async function started(directives = '') {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: ["127.0.0.1:%%PORT%% proxy_protocol", "127.0.0.1:%%PORT_1%%"]
      ${directives}
      location:
        /: { return: 200 "${SEEN}|$remote_addr" }
        = /status: { stub_status: on }
`,
    expected: [/while reading PROXY protocol, client: 127\.0\.0\.1, server: 127\.0\.0\.1:/],
  })
  return { gateway, port: gateway.port(), plain: gateway.port(1) }
}

test.each([
  ['version 1', TEXT],
  ['version 2', BINARY],
])(
  '%s tells who is connected, wherever it is cut',
  async (_, header) => {
    const { port } = await started()
    const request = Buffer.from(GET('/'))
    const whole = Buffer.concat([header, request])
    const client = await connect(port)
    for (const body of [
      (await client.exchange(whole)).text,
      (await client.exchange(request)).text,
    ]) {
      expect(body).toBe(`${NAMED}|127.0.0.1`)
    }
    const cut = Array.from({ length: header.length + 2 }, async (_, at) => {
      const each = await connect(port)
      await each.send(whole.subarray(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      await each.send(whole.subarray(at))
      expect((await each.response()).text).toBe(`${NAMED}|127.0.0.1`)
    })
    await Promise.all(cut)
  },
  30_000,
)

test('version 2 tells more than addresses', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%% proxy_protocol
      location:
        /: { return: 200 "$proxy_protocol_tlv_alpn|$proxy_protocol_tlv_0xea|$proxy_protocol_tlv_ssl_cn" }
`,
  })
  const tlvs = Buffer.from('0100026832' + 'ea000378797a', 'hex')
  const header = Buffer.concat([BINARY.subarray(0, -7), tlvs])
  header.writeUInt16BE(12 + tlvs.length, 14)
  const client = await connect(gateway.port())
  expect((await client.exchange(Buffer.concat([header, Buffer.from(GET('/'))]))).text).toBe(
    'h2|xyz|',
  )
})

test('nobody is named where the balancer names nobody', async () => {
  const { port } = await started()
  for (const header of [
    'PROXY UNKNOWN\r\n',
    Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex').toString('latin1'),
  ]) {
    const client = await connect(port)
    expect((await client.exchange(header + GET('/'))).text).toBe('   |127.0.0.1')
  }
})

test('who speaks something else is closed without a word', async () => {
  const { gateway, port, plain } = await started()
  for (const [bytes, line] of [
    [GET('/'), /broken header: "GET \/ HTTP\/1.1" while reading PROXY protocol/],
    ['PROXY TCP4 1.2.3.4 x\r\n', /broken header: "PROXY TCP4 1.2.3.4 x" while/],
    [
      Buffer.from('0d0a0d0a000d0a515549540a31110000', 'hex').toString('latin1'),
      /unknown PROXY protocol version: 3 while/,
    ],
  ] as const) {
    const client = await connect(port)
    await client.send(bytes)
    await client.ending()
    expect(client.incoming.size).toBe(0)
    await gateway.logged(line)
  }
  await connectionsClosed(plain)
})

test('client_header_timeout covers the header, and other sockets need none', async () => {
  const { port, plain } = await started('client_header_timeout: 2s')
  const client = await connect(port)
  await client.send(TEXT.subarray(0, 10))
  expect(await client.ending()).toBe('end')
  expect(client.incoming.size).toBe(0)
  expect((await get(plain, '/')).text).toBe('   |127.0.0.1')
})

test.skipIf(!existsSync(HAPROXY))('haproxy is understood in both versions', async () => {
  const { gateway, port } = await started()
  const [first, second] = [await freePort(), await freePort()]
  const file = path.join(gateway.dir, 'haproxy.cfg')
  const front = (name: string, where: number, how: string) => `
listen ${name}
  bind 127.0.0.1:${where}
  server gateway 127.0.0.1:${port} ${how}
`
  writeFileSync(
    file,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
${front('one', first, 'send-proxy')}${front('two', second, 'send-proxy-v2')}`,
  )
  const child = spawn(HAPROXY, ['-db', '-f', file], { stdio: 'ignore' })
  onCleanup(() => void child.kill('SIGTERM'))
  for (const where of [first, second]) {
    await until('haproxy', () => get(where, '/').then(Boolean, () => false))
    const client = await connect(where)
    const { text } = await client.exchange(GET('/'))
    expect(text).toBe(`127.0.0.1 ${client.socket.localPort} 127.0.0.1 ${where}|127.0.0.1`)
  }
})

test.skipIf(nginxMissing())('variables and log lines are nginx’s', async () => {
  const { gateway, port } = await started()
  const theirs = await nginx(`server {
    listen 127.0.0.1:%%PORT_8%% proxy_protocol;
    location / { default_type text/plain; return 200 "${SEEN}|$remote_addr"; }
  }`)
  const all = [TEXT, BINARY, Buffer.from('PROXY UNKNOWN a b\r\n'), Buffer.from('PROXY TCP4 1\r\n')]
  for (const header of all) {
    const answers = await Promise.all(
      [port, theirs.port(8)].map(async (where) => {
        const client = await connect(where)
        await client.send(Buffer.concat([header, Buffer.from(GET('/'))]))
        return client.response().then(
          ({ text }) => text,
          () => 'closed',
        )
      }),
    )
    expect(answers[0]).toBe(answers[1])
  }
  // Its older versions show all that was read, and not the first line alone.
  const line =
    /\[error\] .*broken header: "PROXY TCP4 1[^"]*" while reading PROXY protocol, client: 127\.0\.0\.1, server: 127\.0\.0\.1:\d+/
  await gateway.logged(line)
  expect(theirs.errorLog()).toMatch(line)
})

test('whom it names is the client where real_ip_header says so, for every request', async () => {
  const { port } = await started(
    'set_real_ip_from: 127.0.0.1\n      real_ip_header: proxy_protocol',
  )
  const client = await connect(port)
  const request = Buffer.from(GET('/'))
  for (const sent of [Buffer.concat([BINARY, request]), request]) {
    expect((await client.exchange(sent)).text).toBe(`${NAMED}|10.1.2.3`)
  }
})

test('who is not trusted stays the client', async () => {
  const { port } = await started(
    'set_real_ip_from: 192.0.2.1\n      real_ip_header: proxy_protocol',
  )
  const client = await connect(port)
  const sent = Buffer.concat([TEXT, Buffer.from(GET('/'))])
  expect((await client.exchange(sent)).text).toBe(`${NAMED}|127.0.0.1`)
})
