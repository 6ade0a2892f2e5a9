import {
  type Awaitable,
  carryChallenges,
  codeOf,
  definePlugin,
  describeSystemError,
  type Exchange,
  type Template,
  template,
  type Verdict,
} from 'gateway/plugin'
import { credentialsOf } from './credentials.ts'
import { type Comparison, compare } from './passwords.ts'
import { type Users, usersOf } from './user-file.ts'

const scopes = ['http', 'server', 'location', 'limit_except'] as const

/** Who is let in to a place. */
interface Realm {
  readonly realm: Template
  readonly file: Template
}

/** Lets in who knows a password of a file (RFC 7617). */
export default definePlugin({
  name: 'auth-basic',
  doc: 'Lets in who has a name and password of a file.',
  transient: true,
  directives: {
    auth_basic: template({
      in: scopes,
      default: undefined,
      usage: 'string | off',
      doc: 'The realm of the passwords a request needs; off, also as the value of a variable, for none.',
    }),
    auth_basic_user_file: {
      ...template({
        in: scopes,
        default: undefined,
        usage: 'file',
        doc: 'The file of users: name:password:comment on each line, the password as of crypt(3) (DES, MD5, SHA-256, SHA-512), bcrypt, apr1 of Apache, {SHA}, {SSHA} or {PLAIN}. It may hold variables, and is relative to the prefix. A change counts at once.',
      }),
      read: (entry) => entry.template(entry.path(entry.args[0] ?? '', 'prefix')),
    },
  },
  prepare: ({ auth_basic: realm, auth_basic_user_file: file }): Realm | undefined => {
    return realm && file && realm.constant !== 'off' ? { realm, file } : undefined
  },
  access: check,
})

function check(x: Exchange, { realm, file }: Realm): Awaitable<Verdict> {
  const name = realm.render(x)
  if (name === 'off') return 'next'
  const credentials = credentialsOf(x)
  if (!credentials) {
    x.log('info', 'no user/password was provided for basic authentication')
    return challenge(x, name)
  }
  const path = file.render(x)
  let users: Users
  try {
    users = usersOf(path)
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT'
    x.log(missing ? 'error' : 'crit', `open() "${path}" failed ${describeSystemError(error)}`)
    return missing ? 403 : 500
  }
  const { user, password } = credentials
  const stored = users.get(user)
  if (stored === undefined) {
    x.log('error', `user "${user}" was not found in "${path}"`)
    return challenge(x, name)
  }
  const compared = compare(password, stored)
  const decide = (came: Comparison) => verdictOf(x, came, user, name)
  return typeof compared === 'string' ? decide(compared) : compared.then(decide)
}

function verdictOf(x: Exchange, came: Comparison, user: string, realm: string): Verdict {
  switch (came) {
    case 'right':
      return 'pass'
    case 'wrong':
      x.log('error', `user "${user}": password mismatch`)
      return challenge(x, realm)
    case 'broken':
      x.log('error', `user "${user}": the password in the file is of no scheme that is known`)
      return 500
    case 'too many':
      x.log('error', 'too many passwords wait to be checked')
      return 503
  }
}

function challenge(x: Exchange, realm: string): 401 {
  carryChallenges(x, [`Basic realm="${realm}"`])
  return 401
}
