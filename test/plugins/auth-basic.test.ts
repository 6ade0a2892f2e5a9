import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { underTest } from 'gateway/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crypt } from '../../src/plugins/auth-basic/crypt/crypt.ts'
import plugin from '../../src/plugins/auth-basic/index.ts'

// Made by crypt(3) of glibc, `openssl passwd` and htpasswd.
const STORED = {
  des: 'sa4EQlvRoTMww',
  md5: '$1$salt$nv3ocNtLSqERkOE0R.yRv1',
  apr1: '$apr1$abcdefgh$kBAT1yakViYmAyABaJLaS.',
  sha256: '$5$salt$IuFuQkEDixjpRVAgGxHHqVsT9qxFIATGOewgU95pRV5',
  sha512:
    '$6$rounds=1000$salt$xR80oqZ5PTcM7HC/p2oxS4su5yu9VAxCLcWqDpUlnmwoohCEAH/OXbMQtBG2x5XdZ.dkqAefA60.Y1cLErXCz0',
  bcrypt: '$2y$05$abcdefghijklmnopqrstuuNF5/gKGv1vSzRBclZtmf77tbZMWqiPK',
}
const sha1 = (text: string) => createHash('sha1').update(text).digest()
const PLAIN = {
  plain: '{PLAIN}good',
  // The digest of good and salt, and the salt.
  ssha: `{SSHA}${Buffer.concat([sha1('goodsalt'), Buffer.from('salt')]).toString('base64')}`,
  sha: '{SHA}/BkxjdExKM4UNE0GZRCpgiacJBs=',
}

let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'auth-basic-'))
  const lines = Object.entries({ ...STORED, ...PLAIN }).map(([user, stored]) => `${user}:${stored}`)
  const file = [
    '# a comment',
    ...lines,
    'plain:{PLAIN}second',
    'noted:{PLAIN}good:a note',
    'crlf:{PLAIN}good\r',
    'unknown:$9$what',
    'dear:$6$rounds=999999999$salt$x',
    'last:{PLAIN}good',
  ]
  writeFileSync(join(dir, 'users'), file.join('\n'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const ask = (user: string | undefined, password = 'good', directives = {}) => {
  const credentials = Buffer.from(`${user}:${password}`).toString('base64')
  return underTest(plugin, {
    directives: { auth_basic: 'closed', auth_basic_user_file: join(dir, 'users'), ...directives },
  }).request(
    user === undefined
      ? { target: '/x' }
      : { target: '/x', headers: { Authorization: `Basic ${credentials}` } },
  )
}
/** Where it is let in, nobody answers. */
const IN = 404

it.each(Object.entries(STORED))('makes what is stored, by %s', async (_, stored) => {
  expect(await crypt('good', stored)).toBe(stored)
  expect(await crypt('bad', stored)).not.toBe(stored)
})

// Longer than the digests, which schemes treat in a way of their own; and salts that are cut.
it.each([
  ['$1$salt$', '$1$salt$FvP0fcRbyU.l5ktrVZqLj/'],
  [
    '$6$saltsaltsaltsaltmore$',
    '$6$saltsaltsaltsalt$/bWY2JRw9NhuCfRYJ7BEsOr30ScVFRy7BgcKGpBWTNlElWfwTUUZw1SK3QmACSIJCpMCFyPwsbAnTw4tjzhNU0',
  ],
  ['$5$rounds=1234$s$', '$5$rounds=1234$s$7uMGkT4IzIzDBa5onHfK4XeinubQbyKgPaAIaae72R9'],
])('makes of a long password what crypt(3) does, with %s', async (salt, made) => {
  expect(await crypt('x'.repeat(70), salt)).toBe(made)
})

it.each([...Object.keys(STORED), ...Object.keys(PLAIN), 'noted', 'crlf', 'last'])(
  'lets %s in with the right password alone',
  async (user) => {
    expect((await ask(user)).status).toBe(IN)
    const refused = await ask(user, 'bad')
    expect([refused.status, refused.head?.fields.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="closed"',
    ])
    expect(refused.log).toEqual([`error: user "${user}": password mismatch`])
  },
)

it('counts the first line of a user', async () => {
  expect((await ask('plain', 'second')).status).toBe(401)
})

it('asks for what was not sent, or cannot be read', async () => {
  expect((await ask(undefined)).status).toBe(401)
  expect((await ask('nobody')).log[0]).toMatch(/^error: user "nobody" was not found in/)
  const subject = underTest(plugin, {
    directives: { auth_basic: 'closed', auth_basic_user_file: join(dir, 'users') },
  })
  for (const field of ['Basic', 'Basic !!!', 'Bearer abc', 'Basic bm9jb2xvbg==']) {
    expect((await subject.request({ headers: { Authorization: field } })).status).toBe(401)
  }
})

it('is 500 for a scheme nobody knows, and for one made to keep us busy', async () => {
  expect((await ask('unknown')).status).toBe(500)
  expect((await ask('dear')).status).toBe(500)
})

it('is 403 where the file is missing, and open where the realm is off', async () => {
  expect((await ask('plain', 'good', { auth_basic_user_file: '/nowhere' })).status).toBe(403)
  expect((await ask('plain', 'bad', { auth_basic: 'off' })).status).toBe(IN)
  expect((await ask('plain', 'bad', { auth_basic: '$http_realm' })).status).toBe(401)
})
