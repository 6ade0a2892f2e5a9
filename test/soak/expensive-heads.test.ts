import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { load } from '../harness/load.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { cpuOf } from './cpu.ts'
import { PATIENCE, scale } from './scale.ts'

/** What fits into a line of a head by default, with room for its name. */
const LINE = 8000
const TIMES = scale(50, 1000)
/**
 * Processor time for one request, in milliseconds. Reading a head of 8 KB takes well below one;
 * whatever takes time by the square of the line's length takes 20 and more.
 */
const BOUND = 8

const fill = (unit: string) => unit.repeat(Math.floor(LINE / unit.length))

let gateway: Gateway

beforeAll(async () => {
  const backend = await httpOrigin()
  gateway = await startGateway({
    yaml: `
http:
  gzip: on
  gzip_disable: msie6
  gzip_types: text/plain
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: ['*.example.com', 'www.example.*', '~^www\\d+\\.test$']
      location:
        /: { return: '200 "$arg_last $cookie_last $http_last $remote_user $args"' }
        /files/: { root: %%DIR%% }
        /peer: { proxy_pass: http://${backend.address} }
        ~ \\.(gif|jpg)$: { return: 200 picture }
`,
    files: { 'files/text.txt': 'x'.repeat(3000) },
    // A path of files that are not there.
    expected: [/is not found|failed \(\d+: /],
  })
  await load({ target: gateway.port(), connections: 4, requests: 1000 })
}, PATIENCE)

test.each<[what: string, line: string, headers: Record<string, string>, body?: string]>([
  ['a host of labels', 'GET /', { Host: `${fill('a.')}b` }],
  ['a host below a wildcard', 'GET /', { Host: `${fill('a.')}example.com` }],
  ['a host above a wildcard', 'GET /', { Host: `www.example.${fill('a.')}b` }],
  ['a path that goes up and down', `GET /${fill('a/../')}`, {}],
  ['a path down, then up', `GET /${'a/'.repeat(1500)}${'../'.repeat(1500)}`, {}],
  ['a path of slashes', `GET ${fill('/')}`, {}],
  ['a path of escapes', `GET /${fill('%41')}`, {}],
  ['a path of dots', `GET /${fill('.')}`, {}],
  ['a path of ends', `GET /${fill('.gif.')}`, {}],
  ['a path of files', `GET /files/${fill('a/')}`, {}],
  ['arguments', `GET /?${fill('a&')}last=1`, {}],
  ['arguments without a name', `GET /?${fill('=')}`, {}],
  ['cookies', 'GET /', { Cookie: `${fill('a;')}last=1` }],
  ['a cookie of spaces', 'GET /', { Cookie: `a${fill(' ')}b` }],
  ['connection options', 'GET /peer', { Connection: `${fill('a,')}b` }],
  ['a value of spaces', 'GET /peer', { 'X-A': `a${fill(' ')}b` }],
  ['encodings', 'GET /files/text.txt', { 'Accept-Encoding': fill('gzip;q=0,') }],
  ['spaces behind an encoding', 'GET /files/text.txt', { 'Accept-Encoding': `gzip${fill(' ')}x` }],
  [
    'browsers',
    'GET /files/text.txt',
    { 'Accept-Encoding': 'gzip', 'User-Agent': fill('MSIE 6. ') },
  ],
  ['ranges', 'GET /files/text.txt', { Range: `bytes=${fill('0-,')}0-` }],
  ['spaces in a range', 'GET /files/text.txt', { Range: `bytes=0-${fill(' ')}x` }],
  ['spaces before a range', 'GET /files/text.txt', { Range: `bytes=${fill(' ')}x` }],
  ['tags', 'GET /files/text.txt', { 'If-None-Match': fill('"a",') }],
  ['quotes', 'GET /files/text.txt', { 'If-None-Match': `${fill('"')}"` }],
  ['weak signs', 'GET /files/text.txt', { 'If-Match': fill('W/') }],
  ['dates', 'GET /files/text.txt', { 'If-Modified-Since': fill('Sat, ') }],
  ['credentials', 'GET /', { Authorization: `Basic ${fill(' ')}x` }],
  ['coded credentials', 'GET /', { Authorization: `Basic ${fill('A')}!` }],
  ['addresses', 'GET /peer', { 'X-Forwarded-For': fill('1.1.1.1, ') }],
  [
    'spaces in a trailer',
    'POST /peer',
    { 'Transfer-Encoding': 'chunked' },
    `0\r\nX: a${' '.repeat(7000)}b\r\n\r\n`,
  ],
])(
  '%s of 8 KB cost no more than others',
  async (_, line, headers, body = '') => {
    const [worker = 0] = gateway.workers()
    const bytes = request(line, headers, body)
    const before = cpuOf(worker)
    for (let i = 0; i < TIMES; i++) {
      const client = await connect(gateway.port())
      expect((await client.exchange(bytes)).status).toBeLessThan(500)
      client.destroy()
    }
    expect((cpuOf(worker) - before) / TIMES).toBeLessThan(BOUND)
  },
  PATIENCE,
)
