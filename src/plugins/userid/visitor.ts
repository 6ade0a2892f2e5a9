import type { ConfigOf, Exchange } from 'gateway/plugin'
import { requestValue } from 'gateway/plugin'
import type { directives } from './directives.ts'
import {
  ENCODED,
  type Identifier,
  makeIdentifier,
  printIdentifier,
  readIdentifier,
} from './identifier.ts'

export type UseridConfig = ConfigOf<typeof directives>

/** What is known of who asks, by the cookie of their request. */
interface Visitor {
  readonly cookie: string
  readonly got: Identifier | undefined
  /** What is sent; undefined as long as nobody had to know, `none` where nothing is. */
  set: Identifier | 'none' | undefined
  /** Whether what was got does not count any more. */
  reset: boolean
}

const visitors = new WeakMap<Exchange, Visitor>()
/** What `set $uid_reset` gives. */
export const reset = requestValue('uid_reset')

/** What a request brings. */
export function visitorOf(x: Exchange, { userid_name }: UseridConfig): Visitor {
  const known = visitors.get(x)
  if (known) return known
  const cookie = cookieOf(x, userid_name) ?? ''
  const got = readIdentifier(cookie)
  if (cookie !== '' && !got) x.log('error', `client sent invalid userid cookie "${cookie}"`)
  const visitor: Visitor = { cookie, got, set: undefined, reset: false }
  visitors.set(x, visitor)
  return visitor
}

function cookieOf(x: Exchange, name: string): string | undefined {
  for (const field of x.headers.all('cookie')) {
    for (const pair of field.split(';')) {
      const equals = pair.indexOf('=')
      const own = pair.slice(0, equals).trim().toLowerCase() === name.toLowerCase()
      if (equals > 0 && own) return pair.slice(equals + 1).trim()
    }
  }
  return undefined
}

/** The identifier that goes out with this response, if one does; made once. */
export function identifierToSet(
  x: Exchange,
  version: 'on' | 'v1',
  config: UseridConfig,
): Identifier | undefined {
  const visitor = visitorOf(x, config)
  visitor.set ??= decide(x, visitor, version, config) ?? 'none'
  return visitor.set === 'none' ? undefined : visitor.set
}

function decide(
  x: Exchange,
  visitor: Visitor,
  version: 'on' | 'v1',
  config: UseridConfig,
): Identifier | undefined {
  const { cookie, got } = visitor
  const { userid_mark: mark, userid_name, userid_service } = config
  if (got) {
    const word = reset.get(x) ?? ''
    if (word === '' || word === '0') {
      const marked = mark === 'off' || cookie.slice(ENCODED, ENCODED + 2) === `${mark}=`
      return marked ? undefined : got
    }
    visitor.reset = true
    if (word === 'log') {
      x.log('notice', `userid cookie "${userid_name}=${printIdentifier(got)}" was reset`)
    }
  }
  return makeIdentifier(x, version, userid_service)
}
