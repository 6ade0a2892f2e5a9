import { expect, test } from 'vitest'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  map_hash_bucket_size: 128
  map:
    $arg_h $host_kind:
      - hostnames: on
      - default: none
      - example.com: exact
      - "*.example.com": head
      - "*.deep.example.com": deep
      - .site.org: domain
      - mail.*: tail
      - mail.deep.*: "longer tail"
      - "~^(?<sub>[a-z]+)\\\\.re$": "re $sub"
    $arg_x $kind: { include: kinds.yaml, default: "<$arg_x>" }
    "$request_method:$arg_x $both": { GET:1: "get one", "~*^get:(.)B": "$1" }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$host_kind|$kind|$both" }
`

const NGINX = `
map_hash_bucket_size 128;
map $arg_h $host_kind {
  hostnames;
  default none;
  example.com exact;
  *.example.com head;
  *.deep.example.com deep;
  .site.org domain;
  mail.* tail;
  mail.deep.* "longer tail";
  "~^(?<sub>[a-z]+)\\.re$" "re $sub";
}
map $arg_x $kind { One 1; \\default literal; ~^a(.) "a-$1"; ~*^B b; "" empty; default "<$arg_x>"; }
map $request_method:$arg_x $both { GET:1 "get one"; ~*^get:(.)B $1; }
server {
  listen 127.0.0.1:%%PORT%%;
  location / { return 200 "$host_kind|$kind|$both"; }
}
`

const KINDS = `
One: 1
\\default: literal
"~^a(.)": "a-$1"
"~*^B": b
"": empty
`

test.skipIf(nginxMissing())('maps as nginx does', async () => {
  const gateway = await startGateway({ yaml: YAML, files: { 'kinds.yaml': KINDS } })
  const theirs = await nginx(NGINX)
  const hosts = [
    'example.com',
    'EXAMPLE.com.',
    'a.example.com',
    'a.b.deep.example.com',
    'deep.example.com',
    'site.org',
    'x.site.org',
    'xsite.org',
    'mail.de',
    'mail.deep.de',
    'mail.',
    'mail',
    'abc.re',
    'ABC.re',
    '.example.com',
    '..',
    '.',
    '',
    'mail.example.com',
    'mail.deep.',
    'com',
  ]
  const values = [
    'one',
    'ONE',
    'default',
    'ab',
    'Ab',
    'b',
    'B',
    '',
    '1',
    'xb',
    'XB',
    '~^a(.)',
    'no',
  ]
  const targets = [
    ...hosts.map((host) => `/?h=${host}`),
    ...values.map((value) => `/?x=${value}`),
    '/',
    '/?h=abc.re&x=ab',
  ]
  for (const target of targets) {
    const wanted = (await get(theirs.port(), target)).text
    expect([target, (await get(gateway.port(), target)).text]).toEqual([target, wanted])
  }
})

test('a value is kept over internal redirects, a volatile one is not', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  map:
    $uri $kept: { "~(.*)": $1 }
    $uri $fresh: { "~(.*)": $1, volatile: on }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$kept $fresh" }
        /old: { return: 418, error_page: "418 =200 /new?$kept" }
`,
  })
  expect((await get(gateway.port(), '/a')).text).toBe('/a /a')
  expect((await get(gateway.port(), '/old')).text).toBe('/old /new')
})

test.skipIf(nginxMissing())('goes together with set as in nginx', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  map:
    $chosen $by_choice: { one: 1, default: d }
    $uri $over: { default: computed }
    $uri $fresh: { default: computed, volatile: on }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$over $fresh|$by_choice" }
        /set/: [{ set: $chosen one }, { return: 200 $by_choice }]
        /over/: [{ set: $over given }, { return: 200 $over }]
        /late/:
          - set: $first $by_choice
          - set: $chosen one
          - return: 200 "$first $by_choice"
`,
  })
  const theirs = await nginx(`
map $chosen $by_choice { one 1; default d; }
map $uri $over { default computed; }
map $uri $fresh { default computed; volatile; }
server {
  listen 127.0.0.1:%%PORT%%;
  location / { return 200 "$over $fresh|$by_choice"; }
  location /set/ { set $chosen one; return 200 $by_choice; }
  location /over/ { set $over given; return 200 $over; }
  location /late/ { set $first $by_choice; set $chosen one; return 200 "$first $by_choice"; }
}
`)
  for (const target of ['/', '/set/', '/over/', '/late/']) {
    const wanted = (await get(theirs.port(), target)).text
    expect([target, (await get(gateway.port(), target)).text]).toEqual([target, wanted])
  }
})
