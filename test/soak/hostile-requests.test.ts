import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'
import { forgetPeak, peakOf } from './memory.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'

const PIPELINED = scale(100_000, 2_000_000)
const BOUND = 192 * MEGABYTE

let gateway: Gateway
let backend: HttpOrigin

beforeAll(async () => {
  backend = await httpOrigin()
  gateway = await startGateway({
    yaml: `
events: { worker_connections: 1024 }
http:
  keepalive_requests: 10000000
  lingering_timeout: 200ms
  server_tokens: off
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%% default_server
      server_name: first
      add_header: X-Server first
      location:
        /: { return: 200 ok }
        /to: { return: '302 "http://x/$arg_a"' }
        /echo: { add_header: ['X-Echo "$arg_a"', 'X-Cookie "$cookie_a"'], return: '200 "$arg_a"' }
        /uri/: { return: '302 "http://x$uri"' }
        /text/: { add_header: 'X-Echo "$uri"', return: '200 "$uri"' }
        ~ ^/capture/([^?]*)$: { add_header: 'X-Echo "$1" always', return: '302 "$1"' }
        /page/: { root: %%DIR%%/none, log_not_found: off, error_page: '404 "http://x$uri"' }
        /passed/: { proxy_pass: 'http://${backend.address}$uri', proxy_set_header: 'X-Echo "$uri"' }
        /files/: { root: %%DIR%%, gzip: on, gzip_types: text/plain }
        /peer: { proxy_pass: http://${backend.address}, proxy_set_header: 'X-Echo "$arg_a"' }
        = /status: { stub_status: on }
    - listen: 127.0.0.1:%%PORT%%
      server_name: second
      add_header: X-Server second
      location: { /: { return: '200 "$host"' } }
`,
    files: { 'files/text.txt': 'abcdefghij'.repeat(20_000), 'files/small.txt': 'x'.repeat(2000) },
    // What would split a response is left out, and told.
    expected: [/has bytes (no|that no)/],
  })
})

test(
  `${PIPELINED} small requests at once are answered one for one`,
  async () => {
    const [worker = 0] = gateway.workers()
    forgetPeak(worker)
    const client = await connect(gateway.port(), { patience: 30_000 })
    const batch = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000)
    const sending = (async () => {
      for (let sent = 0; sent < PIPELINED; sent += 1000) await client.send(batch)
    })()
    for (let i = 0; i < PIPELINED; i++) {
      const { status, text } = await client.response()
      if (status !== 200 || text !== 'ok') throw new Error(`answer ${i}: ${status} ${text}`)
    }
    await sending
    expect(client.incoming.size).toBe(0)
    expect(peakOf(worker)).toBeLessThan(BOUND)
  },
  PATIENCE,
)

test('a client that pipelines and never reads is not read any further', async () => {
  const [worker = 0] = gateway.workers()
  forgetPeak(worker)
  const client = await connect(gateway.port())
  client.socket.pause()
  const batch = Buffer.from(request('GET /files/text.txt').repeat(2000))
  let taken = 0
  // Until its own socket is full: nobody takes anything from it.
  while (client.socket.write(batch) || client.socket.writableLength < 4 * batch.length) taken++
  expect(taken).toBeLessThan(10_000)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  expect(peakOf(worker)).toBeLessThan(BOUND)
  client.destroy()
  await connectionsClosed(gateway.port())
})

test.each([
  ['100,000 lines', `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(100_000)}\r\n`, 400],
  ['a thousand and one lines', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(1000)}Host: x\r\n\r\n`, 400],
  ['a line of a megabyte', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(MEGABYTE)}\r\n\r\n`, 400],
  ['a name of a megabyte', `GET / HTTP/1.1\r\nHost: x\r\n${'b'.repeat(MEGABYTE)}: a\r\n\r\n`, 400],
  ['a target of a megabyte', `GET /${'a'.repeat(MEGABYTE)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
  ['a method of a megabyte', `${'A'.repeat(MEGABYTE)} / HTTP/1.1\r\nHost: x\r\n\r\n`, [400, 414]],
  ['a megabyte without a line end', 'x'.repeat(MEGABYTE), [400, 414]],
  ['a host of 5000 labels', `GET / HTTP/1.1\r\nHost: ${'a.'.repeat(3000)}b\r\n\r\n`, [200, 400]],
  [
    '4,000 cookies',
    `GET /echo HTTP/1.1\r\nHost: x\r\nCookie: ${'a; '.repeat(2500)}\r\n\r\n`,
    [200, 400],
  ],
  ['1,500 arguments', `GET /echo?${'b&'.repeat(3000)}a=1 HTTP/1.1\r\nHost: x\r\n\r\n`, 200],
  ['100 empty lines first', `${'\r\n'.repeat(100)}GET / HTTP/1.1\r\nHost: x\r\n\r\n`, [200, 400]],
])('a head of %s is answered', async (_, bytes, wanted) => {
  const { status } = await once(gateway.port(), bytes)
  expect([wanted].flat()).toContain(status)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
})

test.each([
  ['1,000 overlapping', Array.from({ length: 1000 }, (_, i) => `${i}-`).join()],
  ['1,000 tiny', Array.from({ length: 1000 }, (_, i) => `${i * 2}-${i * 2}`).join()],
  ['1,000 times all of it', Array.from({ length: 1000 }, () => '0-').join()],
  ['1,000 last bytes', Array.from({ length: 1000 }, (_, i) => `-${i + 1}`).join()],
  ['impossible', '5-2,x-y,-,--,0--1'],
  ['huge', '0-99999999999999999999999,99999999999999999999-'],
])('ranges, %s, are no bomb', async (_, ranges) => {
  const [worker = 0] = gateway.workers()
  forgetPeak(worker)
  let received = 0
  const { status } = await once(
    gateway.port(),
    request('GET /files/text.txt', { Range: `bytes=${ranges}`, Connection: 'close' }),
    {
      onData: (piece) => {
        received += piece.length
      },
    },
  )
  expect([200, 206, 400, 416]).toContain(status)
  // Never much more than the file itself: 200 KB, and a part's head for each range.
  expect(received).toBeLessThan(200_000 + 1000 * 200)
  expect(peakOf(worker)).toBeLessThan(BOUND)
})

test.each([
  ['many codings', Array.from({ length: 600 }, (_, i) => `c${i};q=0.${i}`).join()],
  ['gzip 1,500 times', 'gzip,'.repeat(1500)],
  ['weights without end', `gzip;q=0.${'1'.repeat(7000)}`],
  ['spaces', `${' '.repeat(3500)}gzip${' '.repeat(3500)};q=1`],
  ['semicolons', `gzip${';'.repeat(7000)}`],
])('an Accept-Encoding of %s is read', async (_, value) => {
  const bytes = request('GET /files/small.txt', { 'Accept-Encoding': value, Connection: 'close' })
  const { status, headers, body } = await once(gateway.port(), bytes)
  expect(status).toBe(200)
  const plain = headers.has('content-encoding') ? gunzipSync(body) : body
  expect(plain).toHaveLength(2000)
})

test.each([
  ['HEAD', 200],
  ['OPTIONS', 405],
  ['TRACE', 405],
  // It names a host and a port, and no file.
  ['CONNECT', 400],
  ['DELETE', 405],
  ['PUT', 405],
  ['POST', 405],
  ['PROPFIND', 405],
  ['get', 400],
  ['Get', 400],
  ['G@T', 400],
  ['PRI', 405],
])('%s of a file is answered %i', async (method, wanted) => {
  const { status, text, headers } = await once(
    gateway.port(),
    request(`${method} /files/small.txt`, { Connection: 'close' }),
  )
  expect(status).toBe(wanted)
  if (method === 'HEAD') {
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(headers.get('content-length')).toBe('2000')
  }
  // TRACE would show a client's own fields to scripts.
  expect(text).not.toContain('TRACE')
})

test.each([
  ['GET http://second/ HTTP/1.1', 'first', 'second'],
  ['GET http://SECOND:99/ HTTP/1.1', 'first', 'second'],
  ['GET http://first/ HTTP/1.1', 'second', 'first'],
  ['GET / HTTP/1.1', 'second', 'second'],
  ['GET / HTTP/1.1', 'SeCoNd.', 'second'],
  ['GET / HTTP/1.1', 'second:80', 'second'],
  ['GET / HTTP/1.1', 'unknown', 'first'],
  ['GET http://unknown/ HTTP/1.1', 'second', 'first'],
])('%s with Host %s is for %s', async (line, host, server) => {
  const { headers } = await once(gateway.port(), request(line, { Host: host, Connection: 'close' }))
  expect(headers.get('x-server')).toBe(server)
})

test.each([
  'second\x00',
  'sec ond',
  'second/path',
  'second@first',
  'second,first',
  'a:b:c',
  '[::1',
  '',
  '..',
  'second\t',
  'x\x7f',
  '[::1]second',
  'second:99999999',
  'second:x',
  'http://second',
  'second?x',
  'second#x',
  'a\\b',
])('the host %j selects nothing dangerous', async (host) => {
  const { status, headers, text } = await once(
    gateway.port(),
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  expect([200, 400]).toContain(status)
  if (status === 200 && headers.get('x-server') === 'second') expect(text).toBe('second')
})

const SPLITTERS = [
  '%0d%0aX-Evil:%20yes',
  '%0aX-Evil:%20yes',
  '%0dX-Evil:%20yes',
  '%0d%0a%0d%0a<script>',
  '%E5%98%8A%E5%98%8DX-Evil:%20yes',
  '\x85X-Evil: yes'.replaceAll(' ', '%20'),
  '%00X-Evil:%20yes',
]

test.each(SPLITTERS)('an argument of %j splits no response and no request', async (argument) => {
  for (const path of ['/to', '/echo', '/peer']) {
    const { headers } = await get(gateway.port(), `${path}?a=${argument}`)
    expect(headers.has('x-evil')).toBe(false)
  }
  // Decoded, it holds the line ends themselves.
  for (const path of ['uri', 'text', 'capture', 'page', 'passed']) {
    const { headers } = await get(gateway.port(), `/${path}/${argument}`)
    expect(headers.has('x-evil')).toBe(false)
  }
  expect(backend.errors).toEqual([])
  for (const { headers } of backend.takeRequests()) expect(headers.has('x-evil')).toBe(false)
})

test('what clients say forges no line of a log', async () => {
  const before = logged().length
  await get(gateway.port(), '/%0a127.0.0.1%20-%20forged')
  await get(gateway.port(), '/', { 'User-Agent': 'a" 200 "forged', Referer: '\x1b[31m\\' })
  await once(gateway.port(), 'GET /\x01\x02 HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('the lines', () => logged().length >= before + 3)
  const lines = logged().slice(before)
  expect(lines).toHaveLength(3)
  for (const line of lines) {
    expect(line).toMatch(/^127\.0\.0\.1 - - \[[^\]]+\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"$/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(line).not.toMatch(/[\x00-\x1f\x7f]/)
  }
})

test('after all of it, the same worker serves', async () => {
  expect(gateway.errorLog()).not.toMatch(/exited on|uncaught|unhandled/)
  expect((await get(gateway.port(), '/')).text).toBe('ok')
})

function logged(): string[] {
  return gateway.accessLog().split('\n').slice(0, -1)
}
