import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { besideNginx, type Pair } from '../harness/beside-nginx.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const SERVER = `
  root ROOT;
  default_type text/plain;
  add_header X-Echo "$uri|$args|$a" always;
  error_page 410 = @gone;
  location / { try_files $uri $uri.html $uri/ /fall/back?from=$uri; }
  location /fall/ { return 200 "back $uri $args"; }
  location /code/ { try_files /none$uri $uri =418; }
  location /named/ { try_files $uri @named; }
  location @named { return 203 "named $uri $args"; }
  location /lost/ { try_files $uri @lost; }
  location /error/ { try_files $uri =410; }
  location @gone { return 200 "gone $uri"; }
  location /fixed/ { try_files /one.txt =404; }
  location /bare/ { try_files bare one.txt =404; }
  location /relative/ { try_files $uri elsewhere; }
  location /folder-only/ { try_files /sub/ =404; }
  location /slash-last/ { try_files $uri /sub/; }
  location /loop/ { try_files $uri $uri; }
  location /arg/ { try_files /$arg_f /sub/$arg_f =404; }
  location /set/ { set $a yes; try_files $uri /fall/set?$args; }
  location /if/ { if ($arg_go) { set $a if; } try_files $uri /fall/if; }
  location /if-return/ { if ($arg_go) { return 402; } try_files $uri /fall/if; }
  location /rewritten/ { rewrite ^/rewritten(.*)$ $1 break; try_files $uri =404; }
  location /outer/ { try_files $uri /fall/outer; location /outer/inner/ { } }
  location /proxied/ { try_files /one.txt =404; proxy_pass http://ORIGIN; }
  location /p/ { try_files /one.txt =404; proxy_pass http://ORIGIN/other/; }
`

const TARGETS = [
  ...['/', '/one.txt', '/one', '/sub', '/sub/', '/sub/two.txt', '/sub/none', '/none', '/none?a=b'],
  ...['/%6Fne.txt', '/sub%2Ftwo.txt', '/one.txt/', '/one.txt/x', '/a%20b.txt', '/%C3%BC.txt'],
  ...[`/${'n'.repeat(300)}`, '/code/x', '/code/there.txt', '/code/', '/named/x?y', '/lost/x'],
  ...['/error/x', '/fixed/x', '/bare/x', '/relative/x', '/folder-only/x', '/slash-last/x'],
  ...['/loop/x', '/arg/x?f=one.txt', '/arg/x?f=two.txt', '/arg/x?f=none', '/arg/x', '/set/x?k=v'],
  ...['/if/x', '/if/x?go=1', '/if/here.txt?go=1', '/if-return/x', '/if-return/x?go=1'],
  ...['/rewritten/one.txt', '/rewritten/none', '/outer/x', '/outer/inner/x', '/proxied/a%20b?c'],
  ...['/p/a%20b?c', '/q%3Fmark', '/q%3Fmark.txt'],
]

describe.skipIf(nginxMissing())('answers as nginx does', () => {
  const files = new Workspace('files')
  let pair: Pair

  beforeAll(async () => {
    for (const name of [
      'one.txt',
      'one.html',
      'sub/two.txt',
      'sub/index.html',
      'a b.txt',
      'ü.txt',
    ]) {
      files.write(name, `file ${name}`)
    }
    for (const name of ['code/there.txt', 'if/here.txt', 'q?mark.txt']) files.write(name, name)
    const origin = await httpOrigin()
    const server = SERVER.replace('ROOT', files.dir).replaceAll('ORIGIN', origin.address)
    pair = await besideNginx(server)
  })
  afterAll(() => files.remove())

  test.each(TARGETS)('%s', async (target) => {
    const { ours, theirs } = await pair.ask(target)
    expect(isDeepStrictEqual(ours, theirs) ? theirs : ours).toEqual(theirs)
  })
})

test('does not leave the root for what a client wrote', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: "%%DIR%%/root"
      location: { /: { try_files: /$arg_f =404 } }
`,
    files: { 'root/in.txt': 'in', 'out.txt': 'out' },
    expected: [/would leave the root/],
  })
  expect((await get(gateway.port(), '/?f=in.txt')).text).toBe('in')
  expect((await get(gateway.port(), '/?f=../out.txt')).status).toBe(404)
  await gateway.logged(/try_files: "\/\.\.\/out\.txt" would leave the root/)
})
