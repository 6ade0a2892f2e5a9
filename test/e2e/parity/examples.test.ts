import { importJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { filesOfExample } from '../../harness/example.ts'
import { answersOf, fuelOf, type Pair, startPair } from '../../harness/parity.ts'
import { requestTable } from '../../harness/request-table.ts'
import { startGateway } from '../../harness/start-gateway.ts'
import { until } from '../../harness/wait.ts'

const NAMES = [
  'ab-router',
  'api-key',
  'banner',
  'canary',
  'greeting',
  'json-redaction',
  'jwt',
  'sticky-cookie',
  'trace-context',
] as const

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PURGE']
const BODIES = ['', 'a=b', '{"c": 1}', 'x'.repeat(5000)]

/** The key of RFC 8037, appendix A. */
const KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}
const FOREVER = 4_000_000_000

const tokenOf = async (claims: Record<string, unknown>) =>
  `Bearer ${await new SignJWT({ iss: 'me', aud: 'you', exp: FOREVER, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'a' })
    .sign(await importJWK(KEY, 'EdDSA'))}`
const TOKENS = await Promise.all([
  tokenOf({ sub: 'ann', n: 7, none: null }),
  tokenOf({ sub: 'Jörg', n: { a: [1] } }),
  tokenOf({ sub: 'a\nb' }),
  tokenOf({ aud: 'them' }),
  tokenOf({ exp: 1 }),
])

/** Requests of each table. */
const A_TABLE = 200

let pair: Pair

beforeAll(async () => {
  // Peers have the same names, and files the same dates.
  const shared = await startGateway({
    files: {
      'pages/index.html': `<h1>Index</h1>${'long '.repeat(40_000)}`,
      'pages/plain.txt': 'plain\n',
      'pages/empty.html': '',
      'pages/json/long.json': JSON.stringify({ password: 'x'.repeat(200_000) }),
      'pages/json/list.json': JSON.stringify(
        Array.from({ length: 2000 }, (_, ssn) => ({ ssn, name: 'n' })),
      ),
      'pages/zipped/index.html': `<h1>Zipped</h1>${'long '.repeat(40_000)}`,
      'pages/zipped/plain.txt': 'plain\n',
    },
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      return: 200 "<p>first $uri</p>"
    - listen: 127.0.0.1:%%PORT_1%%
      return: 200 "<p>second $uri</p>"
    - listen: 127.0.0.1:%%PORT_2%%
      return: 200 "<p>third $uri</p>"
    - listen: 127.0.0.1:%%PORT_3%%
      default_type: application/json
      location:
        /json/user: { return: '200 ''{"name":"Ann","password":"s3cret","kin":[{"name":"Böb","ssn":7}]}''' }
        /json/broken: { return: '200 ''{"password":"s3c''' }
        /json/none: { return: 404 }
        /json/text: { default_type: text/plain, return: '200 ''{"password":"shown"}''' }
        /json/: { root: "%%DIR%%/pages" }
`,
  })
  const [first, second, third, json] = [0, 1, 2, 3].map(
    (number) => `127.0.0.1:${shared.port(number)}`,
  )
  pair = await startPair({
    files: {
      ...Object.fromEntries(
        NAMES.flatMap((name) =>
          Object.entries(filesOfExample(name)).map(([file, text]) => [`${name}/${file}`, text]),
        ),
      ),
    },
    yaml: `
worker_processes: 1
plugins: [${NAMES.map((name) => `./${name}/plugin.ts %%ISOLATION%%`).join(', ')}]
http:
  log_format: used $script_fuel
  access_log: used.log used
  root: "${shared.workspace.path('pages')}"
  upstream:
    shop: { sticky_cookie: session, server: [${first}, ${second} weight=3, ${third} backup] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      banner: '"Closed on Sundays. Zürich <b>&amp;</b>"'
      error_page: 404 = /page.html
      location:
        /hello/: { greet: $arg_name }
        = /who: { greet: '"$request_method of $http_x_client, $api_client"' }
        /api/: { api_key: [ann s3cret-of-ann, bob s3cret-of-bob], return: '200 "hello $api_client"' }
        /any/: { satisfy: any, deny: all, api_key: ann s3cret-of-ann, return: 200 in }
        /all/: { allow: all, api_key: ann s3cret-of-ann, greet: $api_client, error_page: 401 /page.html }
        = /page.html: { return: 200 "<h1>Our shop</h1>" }
        /zipped/: { gzip: on, gzip_min_length: 0 }
        /shop/: { proxy_pass: 'http://shop' }
        /json/: { redact: [password, ssn], redact_max_size: 64k, proxy_pass: 'http://${json}' }
        /canary/: { canary: 0% cookie=version, return: '200 "$canary"' }
        /all-canary/: { canary: '100%', return: '200 "$canary"' }
        /trace/: { add_header: ['X-Trace $trace_id always', 'X-Parent $traceparent'], return: '200 "$traceparent $trace_id"' }
        /ab/: { ab_test: menu 30% $arg_user header=X-Variant, return: '200 "$ab_variant"' }
        /jwt/: { jwt: issuer=me audience=you, jwt_key: kty=OKP crv=Ed25519 kid=a x=${KEY.x}, greet: '"$jwt_claim_sub $jwt_claim_n $jwt_claim_none"' }
        /quiet/: { banner: '""', return: 200 "<h1>Quiet</h1>" }
`,
    expected: [
      /access forbidden by rule/,
      /No such file/,
      /is not found/,
      /is not let out/,
      /breaks its response off/,
    ],
  })
}, 60_000)

const TABLES = {
  'ab-router': {
    methods: METHODS,
    targets: ['/ab/', '/ab/?user=ann', '/ab/?user=bob', '/ab/?user=%C3%A9'],
    fields: { 'X-Variant': ['a', 'b', 'B', 'c', ''] },
    bodies: BODIES,
  },
  jwt: {
    methods: METHODS,
    targets: ['/jwt/', '/jwt/x?y'],
    fields: { Authorization: [...TOKENS, 'Bearer x.y.z', `${TOKENS[0]}x`, 'Basic eA=='] },
    bodies: BODIES,
  },
  greeting: {
    methods: METHODS,
    targets: ['/hello/you', '/hello/?name=Ann', '/hello/%C3%A9?name=%22J%C3%B6rg%22', '/who'],
    fields: { 'X-Client': ['é', 'two words', '""'], 'X-Api-Key': ['s3cret-of-ann'] },
    bodies: BODIES,
  },
  'api-key': {
    methods: METHODS,
    targets: ['/api/', '/api/deep?x=1', '/any/', '/all/'],
    fields: {
      'X-Api-Key': ['s3cret-of-ann', 's3cret-of-bob', 's3cret-of-annn', '', '__proto__'],
      'x-api-key': ['s3cret-of-bob'],
    },
    bodies: BODIES,
  },
  banner: {
    methods: METHODS,
    targets: [
      '/',
      '/index.html',
      '/plain.txt',
      '/empty.html',
      '/none.html',
      '/page.html',
      '/quiet/',
      '/zipped/index.html',
      '/zipped/plain.txt',
    ],
    fields: {
      Range: ['bytes=0-9', 'bytes=5-', 'bytes=-5', 'bytes=0-1,5-6', 'bytes=999999-'],
      'Accept-Encoding': ['gzip', 'br', 'gzip;q=0'],
      'If-Modified-Since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'Tue, 01 Jan 2999 00:00:00 GMT'],
      'If-None-Match': ['*', '"x"'],
    },
    bodies: BODIES,
  },
  canary: {
    methods: METHODS,
    targets: ['/canary/', '/canary/x', '/all-canary/'],
    fields: {
      Cookie: ['version=canary', 'version=stable', 'canary=stable; a=b', 'version=other'],
    },
    bodies: BODIES,
  },
  'json-redaction': {
    methods: METHODS,
    targets: [
      '/json/user',
      '/json/broken',
      '/json/none',
      '/json/text',
      '/json/list.json',
      '/json/long.json',
    ],
    fields: { Range: ['bytes=0-9'], 'Accept-Encoding': ['gzip'] },
    bodies: BODIES,
  },
  'trace-context': {
    methods: METHODS,
    targets: ['/trace/', '/trace/x?y'],
    fields: {
      traceparent: [
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
        'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        '00-00000000000000000000000000000000-b7ad6b7169203331-01',
      ],
    },
    bodies: BODIES,
  },
  'sticky-cookie': {
    methods: METHODS,
    targets: ['/shop/', '/shop/cart?x=y', '/shop/%20'],
    fields: {
      Cookie: ['session=ann', 'session=bob', 'session=', 'other=1', 'a=b; session=carl; c=d'],
      'Accept-Encoding': ['gzip'],
    },
    bodies: BODIES,
  },
} as const

const REQUESTS = A_TABLE * Object.keys(TABLES).length

describe('native and sandboxed, the same bytes', () => {
  test.each(NAMES)('of %s', async (name) => {
    for (const request of requestTable(A_TABLE, TABLES[name])) {
      const [native, sandboxed] = await answersOf(pair, request)
      expect(drawn(sandboxed), request).toBe(drawn(native))
      if (!request.includes('/json/')) expect(native).toMatch(/^HTTP\/1\.1 /)
    }
  })

  test('of plugins that did run in the sandbox', async () => {
    await until('the lines', () => fuelOf(pair.sandboxed).length >= REQUESTS || undefined)
    expect(fuelOf(pair.native).every((fuel) => fuel === 0)).toBe(true)
    const burning = fuelOf(pair.sandboxed).filter((fuel) => fuel > 0)
    expect(burning.length).toBeGreaterThan(REQUESTS / 2)
  })
})

/** Numbers that are drawn for each request: a span of a trace, and the trace that nobody has begun. */
function drawn(text: string): string {
  const ids = text.replaceAll(/\b[0-9a-f]{16}\b/g, 'an id')
  return ids.replaceAll(/\b(?!0af7651916cd43dd8448eb211c80319c)[0-9a-f]{32}\b/g, 'a trace')
}
