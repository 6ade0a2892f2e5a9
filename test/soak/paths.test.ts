import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const SECRET = 'what nobody may see'

let gateway: Gateway
let backend: HttpOrigin

beforeAll(async () => {
  backend = await httpOrigin()
  gateway = await startGateway({
    yaml: `
http:
  log_not_found: off
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: %%DIR%%/public
      location:
        /: { index: index.html }
        /private/: { deny: all }
        ~ \\.secret$: { deny: all }
        /inner/: { internal: '' }
        /app/: { proxy_pass: http://${backend.address}/app/ }
`,
    files: {
      'secret.txt': SECRET,
      'public/index.html': 'front page',
      'public/private/file.txt': SECRET,
      'public/a.secret': SECRET,
      'public/inner/file.txt': SECRET,
      'public/open/file.txt': 'open',
      'publicity/file.txt': SECRET,
    },
    expected: [/forbidden/, /Is a directory|Not a directory|name too long|open\(\)/],
  })
  const path = (name: string) => gateway.workspace.path(name)
  symlinkSync('file.txt', path('public/open/link.txt'))
  symlinkSync('loop', path('public/open/loop'))
  symlinkSync('nowhere', path('public/open/broken'))
  mkdirSync(path('public/open/folder'))
  writeFileSync(path('public/open/ümlaut.txt'), 'ümlaut')
})

/** Ways out of the root, and around rules that go by the path. */
const TRICKS = [
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E%2Fsecret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/open/../../secret.txt',
  '/open/..%2f..%2fsecret.txt',
  '/open/....//secret.txt',
  '/open/.../.../secret.txt',
  '/open/..;/..;/secret.txt',
  '/open;/../../secret.txt',
  '/%252e%252e/secret.txt',
  '/%25%32%65%25%32%65/secret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/%c0%ae%c0%ae%c0%afsecret.txt',
  '/%e0%80%ae%e0%80%ae/secret.txt',
  '/%u002e%u002e/secret.txt',
  '/.%00./secret.txt',
  '/open/file.txt%00.secret',
  '/../publicity/file.txt',
  'icity/file.txt',
  '/..',
  '/../',
  '/open/%2e%2e/%2e%2e/secret.txt',
  '//../secret.txt',
  '/./../secret.txt',
  '/open//../../secret.txt',
  '/private/file.txt',
  '//private/file.txt',
  '/./private/file.txt',
  '/open/../private/file.txt',
  '/%70rivate/file.txt',
  '/private%2ffile.txt',
  '/private/./file.txt',
  '/private//file.txt',
  '/private/x/../file.txt',
  '/open/..%2fprivate%2ffile.txt',
  '/private/file.txt?',
  '/private/file.txt#fragment',
  '/a.secret',
  '/a.secret?x',
  '/a.secret#',
  '/a%2esecret',
  '/a.secre%74',
  '/a.secret%00',
  '/a.secret/',
  '/a.secret/.',
  '/a.secret%20',
  '/a.secret%0a',
  '/inner/file.txt',
  '/x/../inner/file.txt',
  'http://localhost/../secret.txt',
  'http://localhost/private/file.txt',
  'file:///etc/passwd',
  '/proc/self/environ',
  '*',
  '/%',
  '/%2',
  '/%zz',
  '/%00',
  '/\x7f',
  '/\xff\xfe',
]

test.each(TRICKS)('%j does not show what is hidden', async (target) => {
  const client = await connect(gateway.port())
  await client.send(request(`GET ${target}`, { Connection: 'close' }))
  const { status, text } = await client.response()
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain('root:')
  expect([200, 301, 400, 403, 404, 405, 500]).toContain(status)
  // No path of any client is an error of the gateway's own.
  expect(status).not.toBe(500)
})

test.each([
  ['/open/file.txt', 200, 'open'],
  ['/open/link.txt', 200, 'open'],
  ['/open/%66ile.txt', 200, 'open'],
  ['/open/./x/../file.txt', 200, 'open'],
  ['//open///file.txt', 200, 'open'],
  ['/open/%C3%BCmlaut.txt', 200, 'ümlaut'],
  ['/open/loop', 403, ''],
  ['/open/broken', 404, ''],
  ['/open/file.txt/', 404, ''],
  ['/open/file.txt/x', 404, ''],
  ['/open/folder', 301, ''],
  ['/open/folder/', 403, ''],
  [`/${'n'.repeat(300)}`, 404, ''],
  [`/${'d/'.repeat(2500)}x`, 404, ''],
])('%s is answered %i', async (target, status, text) => {
  const response = await get(gateway.port(), target)
  expect(response.status).toBe(status)
  if (status === 200) expect(response.text).toBe(text)
})

test('a peer is asked below its folder alone', async () => {
  for (const target of [
    '/app/../secret',
    '/app/%2e%2e/secret',
    '/app/..%2fsecret',
    '/app/..;/secret',
    '/app/%252e%252e/secret',
    '/app/x/../../secret',
    '/app//../secret',
    '/app/%0d%0aX:y',
    '/app/%20x',
    '/app/%3fx',
    '/app/%23x',
  ]) {
    const client = await connect(gateway.port())
    await client.send(request(`GET ${target}`, { Connection: 'close' }))
    const { status } = await client.response()
    expect([200, 400, 404]).toContain(status)
  }
  expect(backend.errors).toEqual([])
  for (const { target } of backend.requests) {
    expect(target).toMatch(/^\/app\//)
    expect(target).not.toMatch(/\/\.\.(\/|$)|[\s?#]/)
  }
})
