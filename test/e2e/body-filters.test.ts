import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { besideNginx, type Pair } from '../harness/beside-nginx.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

// What changes bodies on their way, beside nginx: addition, charset, gunzip, and all together.

const MAPS = `
charset_map test-1 utf-8 { E9 C3A9; 80 E282AC; }
charset_map test-1 test-2 { E9 A1; A1 E9; }
`

const SERVER = (root: string) => `
  root ${root}; default_type text/html;
  location = /before { return 200 "(before)"; }
  location = /after { return 200 "(after)"; }
  location = /both.html { add_before_body /before; add_after_body /after; }
  location = /one.html { add_after_body /after; }
  location /deeper/ { add_before_body /before; add_after_body ""; }
  location = /missing.html { add_before_body /nowhere; }
  location = /status { add_before_body /before; return 404 "x"; }
  location = /plain.txt { default_type text/plain; types { } add_before_body /before; }
  location = /typed.txt { default_type text/plain; types { } add_before_body /before; addition_types text/plain; }
  location = /named.html { charset utf-8; }
  location = /to-utf8.html { charset utf-8; source_charset test-1; }
  location = /from-utf8.html { charset test-1; source_charset utf-8; }
  location = /bytes.html { charset test-2; source_charset test-1; }
  location = /bytes-back.html { charset test-1; source_charset test-2; }
  location = /by-name.html { charset $arg_c; source_charset test-1; }
  location = /peer { proxy_pass http://127.0.0.1:%%PORT_1%%/; charset utf-8; }
  location = /peer-override { proxy_pass http://127.0.0.1:%%PORT_1%%/; charset utf-8; override_charset on; }
  location = /included.html { charset utf-8; source_charset test-1; ssi on; }
  location = /zipped.html { gunzip on; gzip_vary on; add_header Content-Encoding gzip; }
  location = /unzip { proxy_pass http://127.0.0.1:%%PORT_1%%/zipped; gunzip on; gzip_vary on; }
  location = /unzip-change { proxy_pass http://127.0.0.1:%%PORT_1%%/zipped; gunzip on; sub_filter zipped unzipped; add_before_body /before; charset utf-8; }
  location = /headers.html { charset utf-8; add_header X-Echo "$sent_http_content_type" always; }
`

const PEER = (root: string) => `
  root ${root}; default_type "text/html; charset=test-1"; types { }
  location = / { try_files /peer.html =404; }
  location = /zipped { default_type text/html; add_header Content-Encoding gzip; try_files /zipped.gz =404; }
`

describe.skipIf(nginxMissing())('bodies, as nginx changes them', () => {
  let pair: Pair

  beforeAll(async () => {
    const workspace = new Workspace('filters')
    onCleanup(() => workspace.remove())
    const latin = Buffer.from('caf\xe9 \x80 \xff', 'latin1')
    const files: Readonly<Record<string, string | Uint8Array>> = {
      'to-utf8.html': latin,
      'bytes.html': latin,
      'bytes-back.html': latin,
      'by-name.html': latin,
      'peer.html': latin,
      'from-utf8.html': 'café € ☃ 😀',
      'included.html': '\x80<!--#include virtual="/to-utf8.html" -->',
      'zipped.gz': gzipSync('all of this is zipped'),
      'deeper/x.html': 'x',
    }
    for (const [name, content] of Object.entries(files)) workspace.write(name, content)
    for (const name of ['both', 'one', 'missing', 'named', 'headers']) {
      workspace.write(`${name}.html`, name)
    }
    for (const name of ['plain.txt', 'typed.txt']) workspace.write(name, name)
    pair = await besideNginx([SERVER(workspace.dir), PEER(workspace.dir)], MAPS)
  })

  test.each([
    ['/both.html', '(before)both(after)'],
    ['/one.html', 'one(after)'],
    ['/deeper/x.html', '(before)x'],
    ['/plain.txt', 'plain.txt'],
    ['/typed.txt', '(before)typed.txt'],
    ['/named.html', 'named'],
    ['/to-utf8.html', 'café € ?'],
    ['/by-name.html?c=utf-8', 'café € ?'],
    ['/peer-override', 'café € ?'],
    ['/unzip', 'all of this is zipped'],
    ['/unzip-change', '(before)all of this is unzipped'],
  ])('%s', async (target, expected) => {
    const { ours, theirs } = await pair.ask(target)
    expect([ours.text, theirs.text]).toEqual([expected, expected])
  })

  test.each([
    '/status',
    '/from-utf8.html',
    '/bytes.html',
    '/bytes-back.html',
    '/by-name.html?c=test-2',
    '/by-name.html?c=none',
    '/peer',
    '/included.html',
    '/headers.html',
  ])('%s is the same', async (target) => {
    const { ours, theirs } = await pair.ask(target)
    expect(ours).toEqual(theirs)
  })
})

describe('an addition that is missing', () => {
  test('leaves the page of its failure there, and what breaks off breaks the response off', async () => {
    const gateway = await startGateway({
      yaml: `
http:
  server:
    listen: 127.0.0.1:%%PORT%%
    root: www
    location:
      /: { add_before_body: /nowhere }
      /self.html: { add_before_body: /self.html }
`,
      files: { 'www/page.html': 'page', 'www/self.html': 'self' },
      expected: [/nowhere/],
    })
    const ask = async (target: string) => {
      const client = await connect(gateway.port())
      return (await client.exchange(request(`GET ${target}`, { Connection: 'close' }))).text
    }
    expect(await ask('/page.html')).toMatch(/404 Not Found.*page$/s)
    // What is added is not added to.
    expect(await ask('/self.html')).toBe('selfself')
  })
})
