import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { nginxMissing } from '../harness/nginx.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Ask, type Twins, twins } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

// What answers for folders and files: autoindex, random_index, gzip_static, empty_gif, beside nginx.

const files = new Workspace('folder-modules')
const { dir } = files
const NAMES = [
  'a.txt',
  'B.txt',
  'b <&>".txt',
  'größe.txt',
  `${'long'.repeat(13)}.txt`,
  `${'x'.repeat(50)}`,
  `${'y'.repeat(51)}`,
  'per%cent?.txt',
  'tab\t\u0001.txt',
  'back\\slash',
]

const SERVER = `
  root ${dir}; autoindex on;
  location /list/ { location /list/html/ { alias ${dir}/names/; }
    location /list/round/ { alias ${dir}/names/; autoindex_exact_size off; }
    location /list/local/ { alias ${dir}/names/; autoindex_localtime on; }
    location /list/xml/ { alias ${dir}/names/; autoindex_format xml; }
    location /list/json/ { alias ${dir}/names/; autoindex_format json; }
    location /list/jsonp/ { alias ${dir}/names/; autoindex_format jsonp; } }
  location /random/ { random_index on; autoindex off; }
  location /gz/ { gzip_static on; } location /gz/vary/ { gzip_static on; gzip_vary on; }
  location /gz/always/ { gzip_static always; gzip_vary on; } location /gz/old/ { gzip_static on; gzip_http_version 1.0; gzip_proxied any; }
  location /gz/agent/ { gzip_static on; gzip_disable old; }
  location = /pixel.gif { empty_gif; }
`

let pair: Twins

beforeAll(async () => {
  for (const name of NAMES) files.write(`names/${name}`, name)
  files.write('names/folder/x', 'x')
  files.write(`names/${'z'.repeat(50)}/x`, 'x')
  files.write('names/.hidden', 'x')
  files.write('empty/.hidden', 'x')
  files.write('random/one/only.txt', 'only')
  files.write('random/none/folder/x', 'x')
  files.write('indexed/index.html', 'index')
  for (const name of ['size9999', 'size10000', 'size1048575', 'size1572864', 'size1610612736']) {
    truncateSync(files.write(`names/${name}`, ''), Number(name.slice(4)))
  }
  symlinkSync('/nowhere', `${dir}/names/broken`)
  for (const folder of ['gz', 'gz/vary', 'gz/always', 'gz/old', 'gz/agent']) {
    files.write(`${folder}/a.txt`, 'plain text')
    files.write(`${folder}/a.txt.gz`, gzipSync('compressed text'))
    files.write(`${folder}/b.txt`, 'no other')
    files.write(`${folder}/c.txt.gz/x`, 'a folder')
    files.write(`${folder}/only.txt.gz`, gzipSync('only compressed'))
  }
  for (const name of [...NAMES, 'folder']) utimesSync(`${dir}/names/${name}`, 0, 1_600_000_000)
  execFileSync('chmod', ['-R', 'a+rX', dir])
  if (nginxMissing() === undefined) pair = await twins(SERVER)
})

const same = async (target: string, ask: Ask = {}) => {
  const { ours, theirs } = await pair.ask(target, ask)
  expect(ours).toEqual(theirs)
  return ours
}

describe.skipIf(nginxMissing())('as nginx does', () => {
  test.each(['html', 'round', 'local', 'xml', 'json', 'jsonp'])('a list as %s', async (format) => {
    const { body, status } = await same(`/list/${format}/`)
    expect([status, body.includes('folder'), body.includes('hidden')]).toEqual([200, true, false])
    await same(`/list/${format}/`, { method: 'HEAD' })
    await same(`/list/${format}/`, { method: 'POST' })
    await same(`/list/${format}/none/`)
    await same(`/list/${format}/a.txt/`)
  })

  test.each(['f', 'a.b_c1', '', 'x'.repeat(128), 'x'.repeat(129), 'alert(1)', '%3Cscript%3E'])(
    'a callback of %s',
    async (name) => {
      await same(`/list/jsonp/?callback=${name}`)
    },
  )

  test('empty folders, and those with an index', async () => {
    await same('/empty/')
    expect((await same('/indexed/')).body).toBe('index')
    await same('/names')
  })

  test('a file by chance, where there is one', async () => {
    expect((await same('/random/one/')).body).toBe('only')
    await same('/random/none/')
    await same('/random/missing/')
    await same('/random/one/', { method: 'DELETE' })
  })

  test.each(['/gz', '/gz/vary', '/gz/always', '/gz/old', '/gz/agent'])(
    'files of %s that were compressed before',
    async (folder) => {
      const asks: Ask[] = [
        {},
        { headers: { 'Accept-Encoding': 'gzip' } },
        { headers: { 'Accept-Encoding': 'gzip;q=0' } },
        { headers: { 'Accept-Encoding': 'deflate, gzip;q=0.5', 'User-Agent': 'old one' } },
        { headers: { 'Accept-Encoding': 'gzip', Via: '1.1 proxy' } },
        { headers: { 'Accept-Encoding': 'gzip' }, method: 'HEAD' },
        { headers: { 'Accept-Encoding': 'gzip' }, method: 'POST' },
      ]
      for (const ask of asks) {
        for (const name of ['a.txt', 'b.txt', 'c.txt', 'only.txt', 'none.txt']) {
          const { ours, theirs } = await pair.ask(`${folder}/${name}`, ask)
          // Since 1.27 nginx serves parts of them.
          const plain = (fields: readonly string[]) => fields.filter((f) => !/^accept-r/.test(f))
          expect([name, ask, ours.status, ours.body, plain(ours.fields)]).toEqual([
            name,
            ask,
            theirs.status,
            theirs.body,
            plain(theirs.fields),
          ])
        }
      }
    },
  )

  test('the pixel', async () => {
    const { body } = await same('/pixel.gif')
    expect(body.length).toBe(43)
    await same('/pixel.gif', { method: 'HEAD' })
    await same('/pixel.gif', { method: 'POST' })
    await same('/pixel.gif', {
      headers: { 'If-Modified-Since': 'Mon, 28 Sep 1970 06:00:00 GMT' },
    })
  })
})

test('a notice is one file whatever was asked for', async () => {
  const gateway = await startGateway({
    files: { 'notice.txt': 'closed for today' },
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { notice: notice.txt, notice_type: text/plain }
        /gone: { notice: none.txt }
`,
    expected: [/No such file/],
  })
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'BREW']) {
    const body = method === 'POST' ? 'a body' : ''
    const answer = await once(
      gateway.port(),
      request(`${method} /any/thing`, { Connection: 'close' }, body),
    )
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([
      200,
      'closed for today',
      'text/plain',
    ])
  }
  expect((await get(gateway.port(), '/gone')).status).toBe(404)
})
