import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const CASES: Readonly<Record<string, string>> = {
  plain: '',
  domain: `proxy_cookie_domain example.org www.example.com;
           proxy_cookie_domain .dotted.org .other.com;
           proxy_cookie_domain $arg_from $arg_to;
           proxy_cookie_domain "~^(\\w+)\\.regex\\.(?<rest>.+)$" $1-$rest;`,
  path: `proxy_cookie_path /two/ /;
         proxy_cookie_path $arg_from $arg_to;
         proxy_cookie_path ~^/case/([^/]*)/(.*)$ /$2/$1;
         proxy_cookie_path ~*^/nocase/(.*)/x $uri/$1;
         proxy_cookie_path "" /empty;`,
  both: 'proxy_cookie_domain a b; proxy_cookie_path / /p/;',
  flags: `proxy_cookie_flags one secure samesite=strict;
          proxy_cookie_flags $arg_name $arg_flag httponly;
          proxy_cookie_flags ~^lax nosecure nohttponly samesite=lax;
          proxy_cookie_flags ~gone$ nosecure nohttponly nosamesite;
          proxy_cookie_flags none samesite=none nosecure SECURE;
          proxy_cookie_flags odd $arg_flag;`,
  'off/domain': 'proxy_cookie_domain off; proxy_cookie_path / /above/;',
  'off/all': 'proxy_cookie_domain off; proxy_cookie_path off; proxy_cookie_flags off;',
}

const COOKIES = [
  'one=1',
  'one=1; Domain=example.org; Path=/two/x; Secure; HttpOnly; SameSite=Lax',
  'one=1;domain=.EXAMPLE.org;path=/two/;secure;samesite=strict',
  'ONE = 1 ; DOMAIN = example.org ; PATH = /two/ ; Expires=Sat, 21 Nov 2026 08:00:00 GMT',
  'two=a=b; domain=dotted.org; path=/',
  'two=2; domain=.dotted.org; path=/case/A/b',
  'two=2; domain=sub.example.org; path=/Case/A/b; Max-Age=1;',
  'two=2; domain=wWw.regex.net; path=/NOCASE/q/x/y',
  'two=2; domain=a; domain=example.org; path; path=',
  'lax=1; SameSite; Secure; HttpOnly; Secure',
  'laxer=1; samesite=none; samesite=none',
  'xgone=1; Secure; HTTPONLY; SameSite=Strict; Path=/two/',
  'none=1; SECURE; SameSite="None"',
  'odd=1; Secure',
  'name; Path=/two/; Secure',
  '=x; Path=/two/',
  '; Path=/two/',
  ' spaced = 1 2 ; path = /two/ two ; ; ',
  'above=1; Path=/two/; Domain=example.org',
  'café=1; domain=example.org',
]

const QUERIES = ['', '?from=a&to=b', '?from=/&to=/q/', '?name=two&flag=secure', '?flag=nosecure']

function server(origin: string): string {
  const locations = Object.entries(CASES).map(([name, rules]) => {
    return `location /${name}/ { proxy_pass http://${origin}; ${rules} }`
  })
  return `server {
    listen 127.0.0.1:%%PORT_0%%;
    proxy_cookie_domain example.org above.com;
    proxy_cookie_flags above samesite=strict;
    ${locations.join('\n')}
  }`
}

test.skipIf(nginxMissing())(
  'cookies are rewritten as nginx rewrites them',
  async () => {
    const origin = await httpOrigin(({ headers }) => ({
      headers: headers.all('x-cookie').map((value) => ['Set-Cookie', value] as const),
      body: 'x',
    }))
    const conf = server(origin.address)
    const ours = await startGateway({ yaml: `http: ${asYaml(conf)}` })
    const theirs = await nginx(conf)
    let changed = 0
    for (const name of Object.keys(CASES)) {
      for (const query of QUERIES) {
        for (const cookie of COOKIES) {
          const target = `/${name}/${query}`
          const headers = { 'X-Cookie': cookie }
          const one = (await get(ours.port(), target, headers)).headers.all('set-cookie')
          const other = (await get(theirs.port(0), target, headers)).headers.all('set-cookie')
          expect([name, query, cookie, one]).toEqual([name, query, cookie, other])
          if (one[0] !== cookie.trim()) changed++
        }
      }
    }
    // They may not agree just because nothing happens.
    expect(changed).toBeGreaterThan(150)
  },
  120_000,
)

test('each of several cookies is changed, and a regex has its captures for itself', async () => {
  const origin = await httpOrigin(() => ({
    headers: [
      ['Set-Cookie', 'a=1; Path=/in/x'],
      ['set-cookie', 'b=2; Path=/in/y; Domain=example.org'],
      ['X-Other', 'Path=/in/'],
    ],
    body: 'x',
  }))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        ~ ^/(out)/:
          proxy_pass: "http://${origin.address}"
          proxy_cookie_path: ["~^/in/(.) /$1"]
          proxy_cookie_domain: example.org $1.example.com
          proxy_cookie_flags: "~. secure"
          add_header: X-One $1
`,
  })
  const { headers } = await get(gateway.port(), '/out/')
  expect(headers.all('set-cookie')).toEqual([
    'a=1; Path=/x; Secure',
    'b=2; Path=/y; Domain=out.example.com; Secure',
  ])
  expect(headers.get('x-other')).toBe('Path=/in/')
  expect(headers.get('x-one')).toBe('out')
}, 60_000)
