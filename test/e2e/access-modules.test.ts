import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Ask, type Twins, twins } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

// Who is let in: auth_basic, referer, secure_link and access keys, beside nginx.

const files = new Workspace('access-modules')
const users = files.write(
  'users',
  [
    'des:sa4EQlvRoTMww',
    'md5:$1$salt$nv3ocNtLSqERkOE0R.yRv1',
    'sha512:$6$rounds=1000$salt$xR80oqZ5PTcM7HC/p2oxS4su5yu9VAxCLcWqDpUlnmwoohCEAH/OXbMQtBG2x5XdZ.dkqAefA60.Y1cLErXCz0',
    'bcrypt:$2y$05$abcdefghijklmnopqrstuuNF5/gKGv1vSzRBclZtmf77tbZMWqiPK',
    'apr1:$apr1$abcdefgh$kBAT1yakViYmAyABaJLaS.',
    'plain:{PLAIN}good',
    '',
  ].join('\n'),
)
files.write('www/x', 'in')
const FAR = 4_000_000_000
const md5 = (text: string) => createHash('md5').update(text)

const SERVER = `
  server_name self.example.com *.wild.example.net;
  root ${files.dir}/www; location / { try_files /x =404; }
  location /auth/ { auth_basic "closed site"; auth_basic_user_file ${users}; try_files /x =404;
    location /auth/off/ { auth_basic off; try_files /x =404; }
    location /auth/any/ { satisfy any; deny all; try_files /x =404; }
    location /auth/open/ { satisfy any; allow all; try_files /x =404; }
    location /auth/page/ { error_page 401 = @page; } location /auth/missing/ { auth_basic_user_file ${files.dir}/none; }
    location /auth/except/ { auth_basic off; limit_except GET { auth_basic "for changes"; } } }
  location /late/ { auth_delay 400ms; auth_basic late; auth_basic_user_file ${users}; try_files /x =404; }
  location @page { return 403 "page for $remote_user"; }
  location /ref/ { valid_referers none blocked server_names example.com *.sub.example.com www.example.* path.example.org/galleries/ ~\\.google\\.;
    return 200 "[$invalid_referer]"; }
  location /ref-none/ { valid_referers none example.com; return 200 "[$invalid_referer]"; }
  location /ref-unset/ { return 200 "[$invalid_referer]"; }
  location /link/ { secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires$uri secret"; return 200 "[$secure_link|$secure_link_expires]"; }
  location /ever/ { secure_link $arg_md5; secure_link_md5 "$uri secret"; return 200 "[$secure_link|$secure_link_expires]"; }
  location /p/ { secure_link_secret enigma; return 200 "[$secure_link]"; }
`

let pair: Twins

beforeAll(async () => {
  execFileSync('chmod', ['-R', 'a+rX', files.dir])
  if (nginxMissing() === undefined) pair = await twins(SERVER)
})

const basic = (user: string, password = 'good') => {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}
const same = async (target: string, ask: Ask = {}) => {
  const { ours, theirs } = await pair.ask(target, ask)
  expect(ours).toEqual(theirs)
  return ours
}

describe.skipIf(nginxMissing())('as nginx does', () => {
  test.each(['des', 'md5', 'sha512', 'bcrypt', 'apr1', 'plain'])('knows %s', async (user) => {
    expect((await same('/auth/x', { headers: basic(user) })).status).toBe(200)
    expect((await same('/auth/x', { headers: basic(user, 'bad') })).status).toBe(401)
  })

  test.each([
    '/auth/off/',
    '/auth/any/',
    '/auth/open/',
    '/auth/page/',
    '/auth/missing/',
    '/auth/except/',
  ])('%s with and without a password', async (target) => {
    for (const headers of [{}, basic('plain'), basic('plain', 'bad'), basic('nobody')]) {
      await same(target, { headers })
      await same(target, { headers, method: 'DELETE' })
    }
  })

  test('a 401 is as late as auth_delay says: who comes behind it is served before', async () => {
    const order: string[] = []
    const ask = async (name: string, headers: Record<string, string>) => {
      const { status } = await pair.ours('/late/x', { headers })
      order.push(`${name} ${status}`)
    }
    const first = ask('first', basic('plain', 'bad'))
    await Promise.all([first, ask('second', basic('plain'))])
    expect(order).toEqual(['second 200', 'first 401'])
    await same('/late/x', { headers: basic('plain', 'bad') })
  })

  test.each([
    undefined,
    'http://example.com/x',
    'https://EXAMPLE.com:8080/x',
    'http://www.example.com/',
    'http://a.sub.example.com',
    'http://sub.example.com',
    'http://www.example.de/x',
    'http://self.example.com/',
    'http://a.wild.example.net/',
    'http://path.example.org/galleries/1',
    'http://path.example.org/',
    'http://www.google.de/search',
    'https://evil.com/www.google.com',
    'http://other.org/',
    'blocked-by-a-firewall',
    'ftp://example.com/',
    'http://i.r',
    '',
  ])('a Referer of %s', async (referer) => {
    const headers: Record<string, string> = referer === undefined ? {} : { Referer: referer }
    for (const target of ['/ref/', '/ref-none/', '/ref-unset/']) await same(target, { headers })
  })

  test('links that are right, wrong, and over', async () => {
    const link = (expires: number | string) => {
      const sum = md5(`${expires}/link/a secret`).digest('base64url')
      return `/link/a?md5=${sum}&expires=${expires}`
    }
    expect((await same(link(FAR))).body).toBe(`[1|${FAR}]`)
    expect((await same(link(1))).body).toBe('[0|1]')
    expect((await same(link(FAR).replace('/a', '/b'))).body).toMatch(/^\[\|/)
    const ever = md5('/ever/a secret').digest('base64url')
    expect((await same(`/ever/a?md5=${ever}`)).body).toBe('[1|]')
    await same(`/ever/a?md5=${ever}%3D%3D`)
    await same(`/ever/a?md5=${ever}AAAAAAAA`)
    await same('/ever/a?md5=')
    await same('/ever/a')
    await same('/link/a?expires=1')
  })

  test('links with a secret in their path', async () => {
    const sum = md5('sub/file?a=benigma').digest('hex')
    expect((await same(`/p/${sum}/sub/file?a=b`)).body).toBe('[sub/file?a=b]')
    await same(`/p/${sum.toUpperCase()}/sub/file?a=b`)
    await same(`/p/${sum}/sub/other`)
    await same(`/p/${sum}/`)
    await same(`/p/${sum}`)
    await same('/p/')
  })
})

test('access keys that are right and wrong', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /md5: { accesskey: on, return: "200 unreached", location: { /md5/: { try_files: "/x =404" } } }
        /sha1/: { accesskey: on, accesskey_hashmethod: sha1, accesskey_arg: sum, accesskey_signature: "$uri secret", try_files: "/x =404" }
        /named/: { accesskey: on, accesskey_arg: $arg_name, accesskey_signature: secret, try_files: "/x =404" }
        /any/: { accesskey: on, satisfy: any, allow: all, try_files: "/x =404" }
        /off/: { accesskey: on, try_files: "/x =404", location: { /off/in/: { accesskey: off, try_files: "/x =404" } } }
      root: ${files.dir}/www
`,
    expected: [/access forbidden by access key/],
  })
  const hash = (method: string, text: string) => createHash(method).update(text).digest('hex')
  const own = hash('md5', '127.0.0.1')
  const path = hash('sha1', '/sha1/a secret')
  const secret = hash('md5', 'secret')
  const asked: readonly (readonly [target: string, status: number])[] = [
    [`/md5/?key=${own}`, 200],
    [`/md5/?key=${own.toUpperCase()}`, 200],
    [`/md5/?a=b&key=${own}&c=d`, 200],
    [`/md5/?key=${own}0`, 403],
    [`/md5/?key=${own.slice(1)}`, 403],
    [`/md5/?key=${own.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`, 403],
    [`/md5/?monkey=${own}`, 403],
    [`/md5/?key=${hash('md5', '127.0.0.2')}`, 403],
    [`/md5/?key=${hash('sha1', '127.0.0.1')}`, 403],
    ['/md5/?key=', 403],
    ['/md5/?key', 403],
    ['/md5/', 403],
    [`/sha1/a?sum=${path}`, 200],
    [`/sha1/b?sum=${path}`, 403],
    [`/sha1/a?key=${path}`, 403],
    [`/sha1/a?sum=${hash('md5', '/sha1/a secret')}`, 403],
    [`/named/?name=k&k=${secret}`, 200],
    [`/named/?name=k&l=${secret}`, 403],
    [`/named/?key=${secret}`, 403],
    ['/any/', 200],
    ['/off/', 403],
    ['/off/in/', 200],
  ]
  for (const [target, status] of asked) {
    expect([target, (await get(gateway.port(), target)).status]).toEqual([target, status])
  }
  const posted = request(`POST /md5/?key=${secret}`, { Connection: 'close' }, 'a body')
  expect((await once(gateway.port(), posted)).status).toBe(403)
  await gateway.logged(/access forbidden by access key/)
})

test('wrong arguments are refused', async () => {
  const said = async (text: string) => {
    files.write('bad.yaml', `http: { server: [ location: { /: { ${text} } } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  expect(await said('valid_referers: "a*b.com"')).toContain(
    'invalid hostname or wildcard "a*b.com"',
  )
  expect(await said('valid_referers: "a.com a.com"')).toContain('conflicting parameter "a.com"')
  expect(await said('valid_referers: "~"')).toContain('empty regex in "~"')
  expect(await said('secure_link_secret: a, secure_link: $arg_x')).toContain(
    '"secure_link_secret" cannot be mixed with "secure_link" and "secure_link_md5"',
  )
  expect(await said('accesskey_hashmethod: md4')).toContain('"md4" is not one of md5, sha1')
  expect(await said('auth_delay: long')).toContain('"long" is not a time')
})
