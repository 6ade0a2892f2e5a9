import { execFileSync } from 'node:child_process'
import { chownSync, symlinkSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { type Twins, twins } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

// `alias`, `limit_except` and `disable_symlinks`: the same configuration and files beside nginx.

const files = new Workspace('core-files')
const dir = files.dir
const isRoot = process.getuid?.() === 0

const SERVER = `
  root ${dir}/www;
  location /img/ { alias ${dir}/pictures/; }
  location /bare { alias ${dir}/pictures/; }
  location = /one { alias ${dir}/pictures/a.txt; }
  location ~ ^/re/(.+\\.txt)$ { alias ${dir}/pictures/$1; }
  location ~ ^/climb(.*)$ { alias ${dir}/pictures/$1; }
  location /var/ { alias ${dir}/pictures/$arg_d/; }
  location /outer/ { alias ${dir}/pictures/; location /outer/sub/ { } location /outer/own/ { root ${dir}/www; } }
  location /broken/ { alias ${dir}/pictures/; rewrite ^/broken/(.*) /$1 break; }
  location /tried/ { alias ${dir}/pictures/; try_files $uri /tried/sub/b.txt =404; }
  location ~ ^/lost/ { alias ${dir}/pictures; try_files /a.txt =404; }
  location /names/ { alias ${dir}/pictures/; add_header X-Echo "$document_root|$request_filename|$realpath_root"; }
  location /get/ { alias ${dir}/pictures/; limit_except GET { deny all; } }
  location /put/ { rewrite ^ /img/a.txt break; limit_except put { deny all; } root ${dir}; }
  location /posted/ { return 200 got; limit_except POST { } }
  location /links/ { root ${dir}; location /links/on/ { disable_symlinks on; alias ${dir}/links/; }
    location /links/from/ { disable_symlinks on from=${dir}/links/; alias ${dir}/links/; }
    location /links/in/ { disable_symlinks on from=${dir}/links/folder/; alias ${dir}/links/; }
    location /links/own/ { disable_symlinks if_not_owner; alias ${dir}/links/; }
    location /links/tried/ { disable_symlinks on; alias ${dir}/links/; try_files $uri /img/a.txt; } }
`

let pair: Twins

beforeAll(async () => {
  files.write('www/a.txt', 'root a')
  files.write('www/outer/own/a.txt', 'own a')
  files.write('pictures/a.txt', 'picture a')
  files.write('pictures/index.html', 'picture index')
  files.write('pictures/sub/b.txt', 'picture b')
  files.write('secret.txt', 'secret')
  files.write('links/file.txt', 'file')
  files.write('links/real/file.txt', 'real file')
  files.write('links/real/index.html', 'real index')
  symlinkSync(`${dir}/links/file.txt`, `${dir}/links/link.txt`)
  symlinkSync(`${dir}/links/real`, `${dir}/links/folder`)
  files.write('links/foreign.txt', 'foreign')
  symlinkSync(`${dir}/links/foreign.txt`, `${dir}/links/to-foreign.txt`)
  if (isRoot) chownSync(`${dir}/links/foreign.txt`, 1, 1)
  execFileSync('chmod', ['-R', 'a+rX', dir])
  if (nginxMissing() === undefined) pair = await twins(SERVER)
})

describe.skipIf(nginxMissing())('as nginx does', () => {
  test.each([
    '/img/a.txt',
    '/img/',
    '/img',
    '/img/sub',
    '/img/none',
    '/bare/a.txt',
    '/barea.txt',
    '/one',
    '/re/a.txt',
    '/re/sub/b.txt',
    '/climb/a.txt',
    '/outer/sub/b.txt',
    '/outer/own/a.txt',
    '/broken/a.txt',
    '/tried/a.txt',
    '/lost/x',
    '/names/a.txt',
    '/names/',
    '/var/sub/b.txt?d=.',
    '/links/on/file.txt',
    '/links/on/link.txt',
    '/links/on/folder/file.txt',
    '/links/on/folder/',
    '/links/on/real/',
    '/links/on/real/file.txt',
    '/links/on/none',
    '/links/from/link.txt',
    '/links/from/folder/file.txt',
    '/links/from/file.txt',
    '/links/in/folder/file.txt',
    '/links/in/folder/',
    '/links/own/link.txt',
    '/links/own/to-foreign.txt',
    '/links/own/folder/file.txt',
    '/links/tried/link.txt',
    '/links/tried/file.txt',
  ])('%s', async (target) => {
    const { ours, theirs } = await pair.ask(target)
    expect(ours).toEqual(theirs)
  })

  test.each([
    ['GET', '/get/a.txt'],
    ['HEAD', '/get/a.txt'],
    ['POST', '/get/a.txt'],
    ['DELETE', '/get/a.txt'],
    ['FOO', '/get/a.txt'],
    ['GET', '/put/x'],
    ['PUT', '/put/x'],
    ['GET', '/posted/x'],
    ['POST', '/posted/x'],
  ])('%s %s', async (method, target) => {
    const { ours, theirs } = await pair.ask(target, { method })
    expect(ours).toEqual(theirs)
  })

  test.each(['/bare../secret.txt', '/climb../secret.txt', '/var/secret.txt?d=..'])(
    '%s leaves the folder there, and is not found here',
    async (target) => {
      const { ours, theirs } = await pair.ask(target)
      expect([theirs.status, theirs.body, ours.status]).toEqual([200, 'secret', 404])
    },
  )

  test('a name without variables that try_files has below an alias is found here', async () => {
    const { ours, theirs } = await pair.ask('/tried/none')
    expect([theirs.status, ours.status, ours.body]).toEqual([404, 200, 'picture b'])
  })

  test.each(['/bare/%2e%2e/secret.txt', '/img/..%2fsecret.txt', '/img/%2e%2e%2fsecret.txt'])(
    '%s reaches nothing outside',
    async (target) => {
      const { ours, theirs } = await pair.ask(target)
      expect(ours).toEqual(theirs)
      expect(ours.status).toBe(404)
    },
  )

  test.each(['/img/a.txt%00', '/img/%c0%ae%c0%ae/secret.txt', '/bare%c0%ae%c0%ae/secret.txt'])(
    '%s is refused, or a name of nothing',
    async (target) => {
      const { ours, theirs } = await pair.ask(target)
      expect(ours.status).toBe(theirs.status)
      expect([400, 404]).toContain(ours.status)
    },
  )
})

test('wrong arguments are refused in nginx’s words', async () => {
  const lines = async (location: string) => {
    files.write('bad.yaml', `http: { server: [ location: { ${location} } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  expect(await lines('"@named": { alias: /x }')).toContain(
    'cannot be used inside the named location',
  )
  expect(await lines('/: { root: /y, alias: /x }')).toContain('"alias" directive is duplicate')
  expect(await lines('/: { limit_except: { "GET BREW": { deny: all } } }')).toContain(
    'invalid method "BREW"',
  )
  expect(await lines('/: { disable_symlinks: maybe }')).toContain('invalid parameter "maybe"')
  expect(await lines('/: { disable_symlinks: from=/x }')).toContain(
    'no "off", "on", or "if_not_owner" parameter specified',
  )
})
