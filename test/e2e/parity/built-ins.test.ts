import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../harness/build.ts'
import { answersOf, fuelOf, type Pair, programWithout, startPair } from '../../harness/parity.ts'
import { requestTable } from '../../harness/request-table.ts'
import { startGateway } from '../../harness/start-gateway.ts'
import { until } from '../../harness/wait.ts'

/** Built-in plugins that run in the sandbox as they are. */
const NAMES = [
  'round-robin',
  'least-conn',
  'hash',
  'random',
  'map',
  'split-clients',
  'geo',
  'access',
  'not-modified',
  'headers',
] as const

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE']
const BODIES = ['', 'a=b']

/** Requests of each table. */
const A_TABLE = 300

let pair: Pair

beforeAll(async () => {
  // Peers have the same names, and files the same dates.
  const shared = await startGateway({
    files: {
      'pages/index.html': `<h1>Index</h1>${'long '.repeat(40_000)}`,
      'pages/plain.txt': 'plain\n',
      'pages/empty.html': '',
    },
    yaml: `
http:
  server:
    - { listen: 127.0.0.1:%%PORT%%, return: 200 "<p>first $uri</p>" }
    - { listen: 127.0.0.1:%%PORT_1%%, return: 200 "<p>second $uri</p>" }
    - { listen: 127.0.0.1:%%PORT_2%%, return: 200 "<p>third $uri</p>" }
    - { listen: 127.0.0.1:%%PORT_3%%, return: '200 "same $http_x_map"' }
    - { listen: 127.0.0.1:%%PORT_4%%, return: '200 "same $http_x_map"' }
`,
  })
  const [first, second, third, same, twin] = [0, 1, 2, 3, 4].map(
    (number) => `127.0.0.1:${shared.port(number)}`,
  )
  pair = await startPair({
    command: await programWithout(NAMES),
    files: Object.fromEntries(NAMES.flatMap((name) => sourcesOf(name))),
    yaml: `
worker_processes: 1
plugins: [${NAMES.map((name) => `./${name}/index.ts %%ISOLATION%%`).join(', ')}]
http:
  log_format: used $script_fuel
  access_log: used.log used
  root: "${shared.workspace.path('pages')}"
  map:
    $http_x_map $plain: { default: 'nothing of $http_x_map', a: letter, zürich: city, '"two words"': 'two', '\\default': word }
    $host $named: { hostnames: on, default: none, '*.example.com': 'below $host', .example.org: org, www.example.*: www }
    $uri $found: { '~^/map/(?<first>[a-z]+)/(\\d+)': 'first=$first number=$2', '~*^/MAP/(.)': 'one=$1', default: '-' }
    $found $again: { '~first=(.*)': 'again $1, $first', volatile: on, default: '$plain' }
  split_clients:
    $http_x_map$uri $group: { 33.33%: one, 33.33%: two, '*': rest }
  geo:
    $here: { default: elsewhere, 127.0.0.0/8: loopback, 127.0.0.1: itself, '::1': six }
    $http_x_address $there: { default: none, 10.0.0.0/8: ten, 10.1.0.0/16: ten-one, '2001:db8::/32': documentation, '::ffff:10.2.0.0/112': mapped }
    $http_x_address $range: { ranges: on, default: out, 10.0.0.0-10.0.0.255: low, 10.0.1.0-10.255.255.255: high }
    $proxied: { default: nobody, proxy: 127.0.0.0/8, proxy_recursive: on, 192.0.2.0/24: test-net, 10.0.0.0/8: inner }
  upstream:
    turns: { server: [${first} weight=3, ${second}, ${third} backup] }
    least: { least_conn: on, server: [${first} weight=2, ${second}, ${third}] }
    off: { least_conn: off, server: [${first}, ${second}] }
    keyed: { hash: $http_x_map, server: [${first} weight=3, ${second}, ${third}] }
    ring: { hash: $uri$http_x_map consistent, server: [${first}, ${second} weight=5, ${third}] }
    chance: { random: on, server: [${same}, ${twin}] }
    chances: { random: two least_conn, server: [${same}, ${twin}] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /map/: { return: '200 "$plain | $named | $found | $again | $group"' }
        /geo/: { return: '200 "$here | $there | $range | $proxied"' }
        /turns/: { proxy_pass: 'http://turns' }
        /least/: { proxy_pass: 'http://least' }
        /off/: { proxy_pass: 'http://off' }
        /keyed/: { proxy_pass: 'http://keyed' }
        /ring/: { proxy_pass: 'http://ring' }
        /chance/: { proxy_pass: 'http://chance' }
        /chances/: { proxy_pass: 'http://chances' }
        /in/: { allow: [127.0.0.1, 10.0.0.0/8], deny: all, return: 200 in }
        /out/: { deny: [127.0.0.2, 127.0.0.0/8], return: 200 never }
        /any/: { satisfy: any, deny: all, return: 200 never }
        /six/: { allow: ['2001:db8::/32', '::1', 'unix:'], deny: all, error_page: 403 = /in/ }
        /headers/:
          add_header: [X-Found $found, 'X-Always "é $here" always', 'X-Empty ""', Cache-Control no-cache, 'ETag "own"', 'Content-Type text/x-own']
          add_trailer: [X-After $plain, X-Late "$group" always]
          expires: 30d
          error_page: 404 /map/x
        /modified/: { add_header: 'Last-Modified "Thu, 01 Jan 1970 00:00:00 GMT"', expires: modified +1h, try_files: /index.html =404 }
        /never/: { expires: epoch, return: 200 never }
        /dynamic/: { expires: $arg_expires, add_header: X-Arg $arg_expires always, return: 404 }
        /index.html: { if_modified_since: before }
        /plain.txt: { if_modified_since: 'off' }
`,
    expected: [/access forbidden by rule/, /No such file/, /is not found/],
  })
}, 60_000)

/** The files of a built-in plugin. */
function sourcesOf(name: string): [string, string][] {
  const folder = join(ROOT, 'src', 'plugins', name)
  return readdirSync(folder).map((file) => [
    `${name}/${file}`,
    readFileSync(join(folder, file), 'utf8'),
  ])
}

const MAPPED = ['a', 'A', 'zürich', 'two words', 'default', 'b', '', 'ÿ', 'x'.repeat(300)]

const TABLES = {
  variables: {
    methods: METHODS,
    targets: ['/map/abc/12', '/map/Abc/1', '/map/', '/MAP/x', '/geo/', '/geo/?x'],
    fields: {
      'X-Map': MAPPED,
      Host: ['a.example.com', 'example.org', 'b.example.org.', 'www.example.net', 'x'],
      'X-Address': [
        '10.0.0.1',
        '10.1.2.3',
        '10.0.1.0',
        '2001:db8::1',
        '::ffff:10.2.0.7',
        '::1%lo',
        'no',
        '1.2.3.4.5',
        '2001:db8:0:0:0:0:0:0:1',
      ],
      'X-Forwarded-For': ['192.0.2.1', '192.0.2.1, 127.0.0.1', '10.0.0.1, 8.8.8.8', 'x, y', ''],
    },
    bodies: BODIES,
  },
  balancers: {
    methods: METHODS,
    targets: [
      '/turns/',
      '/least/a',
      '/off/b',
      '/keyed/c',
      '/ring/d',
      '/ring/e',
      '/chance/',
      '/chances/',
    ],
    fields: { 'X-Map': MAPPED },
    bodies: BODIES,
  },
  access: {
    methods: METHODS,
    targets: ['/in/', '/out/', '/any/', '/six/'],
    fields: { 'X-Map': MAPPED },
    bodies: BODIES,
  },
  heads: {
    methods: METHODS,
    targets: [
      '/headers/',
      '/headers/none',
      '/modified/',
      '/never/',
      '/dynamic/?expires=max',
      '/dynamic/?expires=-1',
      '/dynamic/?expires=nonsense',
      '/',
      '/index.html',
      '/plain.txt',
      '/empty.html',
      '/none',
    ],
    fields: {
      'X-Map': MAPPED,
      TE: ['trailers'],
      Range: ['bytes=0-9', 'bytes=0-1,5-6'],
      'If-Modified-Since': [
        'Thu, 01 Jan 1970 00:00:00 GMT',
        'Tue, 01 Jan 2999 00:00:00 GMT',
        'Thursday, 01-Jan-70 00:00:00 GMT',
        'never',
      ],
      'If-Unmodified-Since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'Tue, 01 Jan 2999 00:00:00 GMT'],
      'If-None-Match': ['*', '"x"', 'W/"x", "own"'],
      'If-Match': ['*', '"x"'],
    },
    bodies: BODIES,
  },
} as const

const REQUESTS = A_TABLE * Object.keys(TABLES).length

describe('native and sandboxed, the same bytes', () => {
  test.each(Object.entries(TABLES))('of %s', async (_, table) => {
    for (const request of requestTable(A_TABLE, table)) {
      const [native, sandboxed] = await answersOf(pair, request)
      expect(sandboxed, request).toBe(native)
      expect(native).toMatch(/^HTTP\/1\.1 /)
    }
  })

  test('of plugins that did run in the sandbox', async () => {
    await until('the lines', () => fuelOf(pair.sandboxed).length >= REQUESTS || undefined)
    expect(fuelOf(pair.native).every((fuel) => fuel === 0)).toBe(true)
    const burning = fuelOf(pair.sandboxed).filter((fuel) => fuel > 0)
    expect(burning.length).toBeGreaterThan(REQUESTS / 2)
  })
})
