import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { besideNginx, type Pair } from '../harness/beside-nginx.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

/** One configuration in nginx's syntax and what is asked of it. */
interface Case {
  readonly server: string
  readonly http?: string
  readonly targets: readonly string[]
}

const ECHO = 'add_header X-Echo "$uri|$args|$a|$b|$1|$2" always; set $a ""; set $b "";'
/** Answers with what it was reached by. */
const SHOW = 'return 200 "$uri|$args|$a|$b|$1|$2\n";'

const PATHS = [
  '/',
  '/a',
  '/a/b',
  '/a/b/c.html',
  '/A/B',
  '/a%20b',
  '/a%2Fb',
  '/a+b',
  '/%C3%BC',
  '/x',
]
const TARGETS = PATHS.flatMap((path) => [path, `${path}?x=1`, `${path}?x=%20&y=a+b`, `${path}?`])

const CASES: Readonly<Record<string, Case>> = {
  'in a server': {
    server: `${ECHO} rewrite ^/a/(.*)$ /x/$1; rewrite ^/x/(.*)$ /y/$1?k=$1 last; rewrite ^/(.)$ /one?;
      location / { ${SHOW} } location /y { return 201 "y $uri|$args|$1"; }`,
    targets: [...TARGETS, '/a/%20x', '/a/1+2', '/a/100%25', '/x/%3Fq', '/a/%26'],
  },
  'with break in a server': {
    server: `${ECHO} rewrite ^/a(.*)$ /b$1 break; rewrite ^/b /never; location / { ${SHOW} }`,
    targets: TARGETS,
  },
  'to another location': {
    server: `${ECHO} location / { rewrite ^/a/(.*)$ /two/$1?more last; rewrite ^/x(.*)$ /three$1; set $b still; ${SHOW} }
      location /two { rewrite /b /three?y=$b last; ${SHOW} } location /three { return 203 "three $args $b"; }`,
    targets: TARGETS,
  },
  'as redirects': {
    server: `${ECHO} location / { rewrite ^/a/(.*)$ /to/$1 redirect; rewrite ^/A(.*)$ /to$1?z=1 permanent;
        rewrite ^/x http://example.com$request_uri?; rewrite ^/(a.b)$ https://example.com/$1;
        rewrite ^/(.+)$ $scheme://example.com/?q=$1 permanent; ${SHOW} }`,
    targets: [
      ...TARGETS,
      '/a/%3Fx',
      '/a/%41%7e%25',
      '/a/%22',
      '/a/%3f',
      '/a/%FF',
      '/a/b%3Bc',
      '/a/?%3F',
    ],
  },
  'with escapes of every byte': {
    server: `location /r/ { rewrite ^/r/(.*)$ /to/$1 redirect; }
      location /q/ { rewrite ^/q/(.*)$ /to/$1?c=$1 redirect; } location /i/ { rewrite ^/i/(.*)$ /to?c=$1 last; }
      location /s/(.) { } location ~ ^/s/(.)$ { set $a $1; return 200 "$a"; } location /to { return 200 "$args"; }`,
    targets: ['r', 'q', 'i', 's'].flatMap((kind) =>
      Array.from({ length: 255 }, (_, i) => i + 1)
        .filter((byte) => kind !== 's' || (byte > 31 && byte < 127 && byte !== 46 && byte !== 47))
        .map((byte) => `/${kind}/%${byte.toString(16).padStart(2, '0')}`),
    ),
  },
  'with broken escapes in redirects': {
    server: `location /1 { rewrite ^ /%zz%4z%4%x41%41%20%3f%41%3F%3A%3a redirect; } location /2 { rewrite ^ /a?b=%41&c=1? redirect; }
      location /3 { rewrite ^ /a%3f%41?x permanent; } location /4 { rewrite ^ /%3A%3a%3d%41%5A% redirect; } location /5 { rewrite ^ foo permanent; }
      location /6 { rewrite ^ /a?b?c last; } location /a { return 200 "$uri|$args"; } location /7 { rewrite ^ /a?b?c redirect; }
      location /8 { rewrite ^ /a?? last; } location /9 { rewrite ^ /a??; }`,
    targets: [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [`/${n}`, `/${n}?o=%41`]),
  },
  'with conditions': {
    server: `${ECHO} location / {
      if ($arg_v) { set $a "\${a}v"; } if ($arg_v = 1) { set $a "\${a}=1"; } if ($arg_v != 1) { set $a "\${a}!=1"; }
      if ($arg_v ~ ^(x)(.*)$) { set $a "\${a}~$1$2"; } if ($arg_v ~* ^(x)(.*)$) { set $a "\${a}~*$1-$2"; }
      if ($arg_v !~ x) { set $a "\${a}!~"; } if ($arg_v !~* x) { set $a "\${a}!~*"; }
      if ( $arg_w = "two words" ) { set $b two; } if ($arg_v = "") { set $b "\${b}empty"; } if ($arg_r) { return 404; } if ($arg_t) { return 200 "$a $b text"; }
      if ($arg_l) { return 302 /there?$a; } if ($arg_b) { break; } set $b "$b end"; ${SHOW} }`,
    targets: [
      '',
      'v=0',
      'v=1',
      'v=',
      'v=00',
      'v=x',
      'v=X',
      'v=xyz',
      'v=Xy',
      'v=1&r=1',
      'v=1&t=1',
      'l=1&v=1',
      'b=1&v=1',
    ].map((args) => `/p?${args}`),
  },
  'with conditions in a server': {
    server: `${ECHO} if ($arg_v = 1) { set $a one; rewrite ^/a(.*) /b$1; } if ($arg_v = 2) { return 402; }
      if ($arg_v = 3) { rewrite ^ /three last; } if ($arg_v = 4) { break; } set $b reached;
      location / { ${SHOW} } location /three { return 200 "three $b"; }`,
    targets: TARGETS.flatMap((each) => [1, 2, 3, 4].map((v) => `${each.split('?')[0]}?v=${v}`)),
  },
  'with settings of an if': {
    server: `location / { add_header X-Echo "outer $uri" always; set $a 1;
      if ($arg_one) { add_header X-Echo "one $a" always; set $a 2; } if ($arg_two) { add_header X-Echo "two $a" always; }
      if ($arg_three) { error_page 404 =202 /page; } if ($arg_four) { set $a 4; }
      if ($arg_end) { return 404; } }
      location /page { return 200 "page $a"; }`,
    targets: [
      'one=1',
      'two=1',
      'one=1&two=1',
      'three=1',
      'three=1&end=1',
      'two=1&three=1&end=1',
      'four=1',
      'one=1&four=1',
      'end=1',
      'one=1&end=1',
      '',
    ].map((args) => `/p?${args}`),
  },
  'that never end': {
    server: `${ECHO} location /a { rewrite ^/a(.*)$ /b$1 last; } location /b { rewrite ^/b(.*)$ /a$1 last; }
      location /nine { rewrite "^/nine(1{0,8})$" /nine1$1 last; return 200 "$uri"; } location /ten { rewrite "^/ten(1{0,9})$" /ten1$1 last; return 200 "$uri"; }`,
    targets: ['/a', '/b', '/nine', '/ten', '/ten1'],
  },
  'with captures': {
    server: `${ECHO} location ~ ^/(a)/(.*)$ { set $a $2; if ($uri ~ (.)$) { set $b $1; } if ($uri ~ nothing) { } ${SHOW} }
      location ~ ^/(?<name>x)(.*)$ { rewrite ^/x(?<rest>.*)$ /y$rest/$name break; return 200 "$name|$rest|$1|$uri"; } location / { ${SHOW} }`,
    targets: TARGETS,
  },
  'with map, args and other variables': {
    http: 'map $arg_x $a { default none; 1 one; } map $arg_y $b { volatile; default none; 1 one; }',
    server: `set $http_kind "\${http_kind}!"; set $a $a-set; if ($arg_y) { set $b over; } set $args "$args&more=1";
      location / { set $cookie_c 5; return 200 "$a|$b|$http_kind|$args|$query_string|$arg_more|$is_args|$cookie_c"; }`,
    targets: TARGETS.concat('/?y=1', '/?x=1&y=1'),
  },
  'that leave nothing': {
    server: `location /a { rewrite ^/a(.*)$ $1 last; ${SHOW.replace('$a|$b|', '')} } location / { ${SHOW.replace('$a|$b|', '')} }`,
    targets: ['/a', '/a/b', '/ab', '/a?x'],
  },
  'with break': {
    server: `${ECHO} location / { rewrite ^/a /b; break; rewrite ^/b /c; ${SHOW} }
      location /x { rewrite ^/x /a break; return 200 never; } location /b { return 200 "b $uri"; }`,
    targets: TARGETS,
  },
}

describe.skipIf(nginxMissing())('answers as nginx does: rewrites', () => {
  test.each(Object.entries(CASES))('%s', async (_name, { server, http, targets }) => {
    await compare(await besideNginx(server, http), targets)
  })
})

describe.skipIf(nginxMissing())('passes on what nginx does', () => {
  let origin: HttpOrigin
  let pair: Pair

  beforeAll(async () => {
    origin = await httpOrigin()
    pair = await besideNginx(PROXIES.replaceAll('ORIGIN', origin.address))
  })
  afterAll(() => expect(origin.errors).toEqual([]))

  test.each(['plain', 'uri', 'moved', 'moveduri', 'args', 'inner', 'inneruri', 'server', 'gone'])(
    '%s',
    async (kind) => {
      const rest = ['', '/x', '/x%20y', '/%2F', '/a?b=c', '/%41?%41', '/if?go=1', '/if%41?go=1&z']
      await compare(
        pair,
        rest.map((each) => `/${kind}${each}`),
      )
    },
  )
})

const PROXIES = `
  rewrite ^/server/(.*)$ /uri/s/$1 break;
  location /plain { proxy_pass http://ORIGIN; }
  location /uri/ { proxy_pass http://ORIGIN/other/; }
  location /moved { rewrite ^/moved(.*)$ /there$1 break; proxy_pass http://ORIGIN; }
  location /moveduri { rewrite ^/moveduri(.*)$ /there$1 break; proxy_pass http://ORIGIN/other/; }
  location /args { set $args "$args&more"; proxy_pass http://ORIGIN; }
  location /inner { if ($arg_go) { set $a 1; } proxy_pass http://ORIGIN; }
  location /inneruri { if ($arg_go) { set $a 1; } proxy_pass http://ORIGIN/other; }
  location /gone { if ($arg_go) { proxy_pass http://ORIGIN; } return 404; }
`

test.skipIf(nginxMissing())('tests files as nginx does', async () => {
  const files = new Workspace('files')
  files.write('plain', '')
  files.write('folder/inside', '')
  const tests = ['-f', '!-f', '-d', '!-d', '-e', '!-e', '-x', '!-x']
  const rules = tests.map((each) => `if (${each} ${files.dir}$uri) { set $a "\${a} ${each}"; }`)
  try {
    const pair = await besideNginx(`location / { set $a ""; ${rules.join('\n')} return 200 "$a"; }`)
    await compare(pair, [
      '/plain',
      '/folder',
      '/folder/',
      '/folder/inside',
      '/no',
      '/plain/x',
      `/${'n'.repeat(300)}`,
    ])
  } finally {
    files.remove()
  }
})

/** Asks both for each target; what differs is told for all of them at once. */
async function compare(pair: Pair, targets: readonly string[]): Promise<void> {
  const different: unknown[] = []
  for (const target of targets) {
    const { ours, theirs } = await pair.ask(target)
    if (!isDeepStrictEqual(ours, theirs)) different.push({ target, ours, theirs })
  }
  expect(different).toEqual([])
}

test('tells of variables that were not set, and of rewrites', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      rewrite_log: on
      location:
        /: [ { rewrite: ^/a /b }, { return: '200 "[$late$late]"' } ]
        /quiet: { uninitialized_variable_warn: off, return: '200 "[$late]"' }
        /never: { set: $late 1 }
`,
  })
  expect((await get(gateway.port(), '/quiet')).text).toBe('[]')
  expect((await get(gateway.port(), '/a')).text).toBe('[]')
  await gateway.logged(/\[notice\].*"\^\/a" matches "\/a"/)
  await gateway.logged(/\[notice\].*rewritten data: "\/b", args: ""/)
  await gateway.logged(/\[warn\].*using uninitialized "late" variable/)
  expect(gateway.errorLog().match(/using uninitialized/g)).toHaveLength(1)
})

test('no rewrite brings line ends into a response', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /a: { rewrite: ^/a(.*)$ /x$1 redirect }
        /b: { rewrite: ^ /x$uri redirect }
        /c: { rewrite: ^/c(.*)$ http://example.com$uri permanent }
`,
    expected: [/./],
  })
  for (const path of ['/a', '/b', '/c']) {
    const answer = await get(gateway.port(), `${path}%0D%0AX-Injected:%20yes`)
    expect(answer.headers.all('x-injected')).toEqual([])
  }
})
