import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { chunked, connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Ask, type Twins, twins } from '../harness/twins.ts'

// dav beside nginx, each in a folder of its own: the same requests, the same answers and files.

const SERVER = `
  root %%DIR%%/www; dav_methods PUT DELETE MKCOL COPY MOVE;
  location /deep/ { create_full_put_path on; dav_access user:rw group:rw all:r; }
  location /kept/ { min_delete_depth 3; }
  location /alias/ { alias %%DIR%%/www/other/; }
  location /some/ { dav_methods PUT; }
  location /off/ { dav_methods off; }
`
const HTTP = ''

/** Paths, kinds, rights and contents of what is there. */
function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const stats = statSync(path)
      const mode = (stats.mode & 0o777).toString(8)
      return `${name} ${mode} ${stats.isFile() ? readFileSync(path, 'latin1') : 'folder'}`
    })
}

describe.skipIf(nginxMissing())('as nginx does', () => {
  let pair: Twins
  beforeAll(async () => {
    pair = await twins(SERVER, HTTP)
    for (const folder of [pair.folders.ours, pair.folders.theirs]) {
      for (const name of ['www/deep', 'www/kept/a/b', 'www/other', 'www/some', 'www/off']) {
        mkdirSync(join(folder, name), { recursive: true })
      }
    }
  })

  const put = (body: string, headers = {}): Ask => ({ method: 'PUT', body, headers })
  const to = (method: string, destination: string, headers = {}): Ask => ({
    method,
    headers: { Destination: destination, ...headers },
  })

  const STEPS: readonly (readonly [target: string, ask: Ask])[] = [
    ['/a', put('first')],
    ['/a', put('second')],
    ['/a', {}],
    ['/empty', put('', { 'Content-Length': '0' })],
    ['/empty', {}],
    ['/dated', put('old', { Date: 'Mon, 28 Sep 1970 06:00:00 GMT' })],
    ['/dated', {}],
    ['/a%20b%3Fc', put('spaces')],
    ['/folder/', put('x')],
    ['/missing/a', put('x')],
    ['/deep/x/y/z', put('deep')],
    ['/deep/x', put('x')],
    ['/a/b', put('x')],
    ['/ranged', put('x', { 'Content-Range': 'bytes 0-0/5' })],
    ['/../../escaped', put('x')],
    ['/%2e%2e/%2e%2e/escaped', put('x')],
    ['/nul%00', put('x')],
    ['/made/', { method: 'MKCOL' }],
    ['/made/', { method: 'MKCOL' }],
    ['/made', { method: 'MKCOL' }],
    ['/none/made/', { method: 'MKCOL' }],
    ['/bodied/', { method: 'MKCOL', body: 'x' }],
    ['/made/one', put('one')],
    ['/a', to('COPY', '/made/two')],
    ['/a', to('COPY', '/made/two', { Overwrite: 'F' })],
    ['/a', to('COPY', '/made/two', { Overwrite: 'T' })],
    ['/a', to('COPY', '/made/two', { Overwrite: 'maybe' })],
    ['/a', to('COPY', '/made/')],
    ['/a', to('COPY', 'http://localhost/made/three')],
    ['/a', to('COPY', 'http://elsewhere/made/three')],
    ['/a', to('COPY', 'ftp://localhost/made/three')],
    ['/a', to('COPY', '/../../escaped')],
    ['/a', to('COPY', '/%2e%2e/%2e%2e/escaped')],
    ['/a', to('COPY', 'nothing')],
    ['/a', { method: 'COPY' }],
    ['/none', to('COPY', '/made/four')],
    ['/a', to('COPY', '/made/five', { Depth: '1' })],
    ['/a', to('COPY', '/made/five', { Depth: 'far' })],
    ['/made/', to('COPY', '/copied/')],
    ['/made/', to('COPY', '/copied')],
    ['/copied/', to('MOVE', '/moved/')],
    ['/moved/one', to('MOVE', '/moved/uno')],
    ['/moved/uno', to('MOVE', '/nowhere/uno')],
    ['/moved/', to('MOVE', '/x/', { Depth: '0' })],
    ['/alias/file', put('aliased')],
    ['/alias/file', to('COPY', '/alias/copy')],
    ['/made/two', { method: 'DELETE' }],
    ['/made/two', { method: 'DELETE' }],
    ['/made', { method: 'DELETE' }],
    ['/made/', { method: 'DELETE', headers: { Depth: '0' } }],
    ['/made/', { method: 'DELETE', body: 'x' }],
    ['/a/b', { method: 'DELETE' }],
    ['/made/', { method: 'DELETE' }],
    ['/kept/a/', { method: 'DELETE' }],
    ['/kept/a/b/', { method: 'DELETE' }],
    ['/some/x', put('x')],
    ['/some/x', { method: 'DELETE' }],
    ['/off/x', put('x')],
  ]

  test('the same steps have the same answers, and leave the same files', async () => {
    const different: unknown[] = []
    for (const [target, ask] of STEPS) {
      const { ours, theirs } = await pair.ask(target, ask)
      const plain = (fields: readonly string[]) =>
        fields.filter((each) => !/^(etag|last-m)/.test(each))
      const one = [ours.status, ours.body, ...plain(ours.fields)].join('\n')
      const other = [theirs.status, theirs.body, ...plain(theirs.fields)].join('\n')
      if (one !== other) different.push({ target, ask, ours: one, theirs: other })
    }
    expect(different).toEqual([])
    expect(tree(`${pair.folders.ours}/www`)).toEqual(tree(`${pair.folders.theirs}/www`))
    expect(statSync(`${pair.folders.ours}/www/dated`).mtimeMs).toBe(Date.UTC(1970, 8, 28, 6))
  })
})

describe('alone', () => {
  let gateway: Gateway
  const www = (name: string) => gateway.workspace.path(`www/${name}`)
  const names = () => readdirSync(www(''))
  beforeAll(async () => {
    gateway = await startGateway({
      files: { 'www/there': 'there', 'outside/secret': 'secret' },
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: www
      client_max_body_size: 10m
      dav_methods: PUT DELETE MKCOL COPY MOVE
`,
      expected: [/./],
    })
  })
  const send = (method: string, target: string, headers = {}, body = '') =>
    once(
      gateway.port(),
      request(`${method} ${target}`, { Connection: 'close', ...headers }, body),
      { method },
    )

  test('a body in chunks, and a large one, come whole', async () => {
    const body = 'x'.repeat(3_000_000)
    expect((await send('PUT', '/large', {}, body)).status).toBe(201)
    expect(statSync(www('large')).size).toBe(body.length)
    const headers = { 'Transfer-Encoding': 'chunked' }
    expect((await send('PUT', '/chunked', headers, chunked('one', 'two'))).status).toBe(201)
    expect(readFileSync(www('chunked'), 'utf8')).toBe('onetwo')
  })

  test('nothing is seen, nor left, of a body that breaks off', async () => {
    const client = await connect(gateway.port())
    await client.send(`PUT /there HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf`)
    await expect.poll(() => names().filter((name) => name.endsWith('.upload')).length).toBe(1)
    expect(readFileSync(www('there'), 'utf8')).toBe('there')
    client.destroy()
    await expect.poll(() => names().filter((name) => name.endsWith('.upload'))).toEqual([])
    expect(readFileSync(www('there'), 'utf8')).toBe('there')
  })

  test('no body at all is an empty file', async () => {
    expect((await send('PUT', '/empty')).status).toBe(201)
    expect(statSync(www('empty')).size).toBe(0)
  })

  test('a body that is too large leaves nothing', async () => {
    const headers = { 'Content-Length': '20000000' }
    expect((await send('PUT', '/huge', headers, '')).status).toBe(413)
    expect(names()).not.toContain('huge')
  })

  test('a link is replaced or removed itself, never what it leads to', async () => {
    const secret = gateway.workspace.path('outside/secret')
    symlinkSync(secret, www('link'))
    symlinkSync(gateway.workspace.path('outside'), www('folder-link'))
    expect((await send('PUT', '/link', {}, 'new')).status).toBe(204)
    expect(readFileSync(secret, 'utf8')).toBe('secret')
    expect((await send('DELETE', '/folder-link')).status).toBe(204)
    mkdirSync(www('with-link'))
    symlinkSync(gateway.workspace.path('outside'), www('with-link/out'))
    expect((await send('DELETE', '/with-link/')).status).toBe(204)
    expect(readFileSync(secret, 'utf8')).toBe('secret')
  })

  test('nothing is copied or moved into itself', async () => {
    const to = (destination: string) => ({ Destination: destination })
    expect((await send('COPY', '/there', to('/there'))).status).toBe(403)
    expect((await send('MOVE', '/there', to('//there'))).status).toBe(403)
    expect((await send('MKCOL', '/tree/')).status).toBe(201)
    expect((await send('COPY', '/tree/', to('/tree/inner/'))).status).toBe(403)
    expect((await send('MOVE', '/tree/', to('/'))).status).toBe(403)
    expect(readFileSync(www('there'), 'utf8')).toBe('there')
  })

  test('a file where a folder would have to be is a conflict', async () => {
    writeFileSync(www('plain'), 'x')
    expect((await send('MKCOL', '/plain/inner/')).status).toBe(409)
    expect((await send('MKCOL', '/plain/')).status).toBe(405)
  })
})

test('wrong arguments are refused', async () => {
  const { Workspace } = await import('../harness/workspace.ts')
  const files = new Workspace('dav')
  const said = async (text: string) => {
    files.write('bad.yaml', `http: { server: [ location: { /: { ${text} } } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  expect(await said('dav_methods: PROPFIND')).toContain('invalid value "PROPFIND"')
  expect(await said('dav_access: "user:x"')).toContain('invalid value "user:x"')
  expect(await said('min_delete_depth: -1')).toContain('"-1" is not a number')
})
