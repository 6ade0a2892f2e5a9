import type { Exchange } from 'gateway/plugin'
import type { Expires } from './directives.ts'
import { ENCODED, type Identifier } from './identifier.ts'
import { type UseridConfig, visitorOf } from './visitor.ts'

const LAST_DAY = 'Thu, 31-Dec-37 23:55:55 GMT'
/** From here on, two digits would not tell a year. */
const LAST_SHORT_YEAR = 2037

/** The Set-Cookie field for an identifier. */
export function cookieFor(x: Exchange, identifier: Identifier, config: UseridConfig): string {
  const { userid_domain, userid_expires, userid_flags, userid_mark, userid_name, userid_path } =
    config
  const { got, reset } = visitorOf(x, config)
  const end = got && !reset ? `${userid_mark}=` : `${userid_mark === 'off' ? '=' : userid_mark}=`
  const parts = [
    `${userid_name}=${identifier.toString('base64').slice(0, ENCODED)}${end}`,
    ...expiry(userid_expires),
    ...(userid_domain === '' ? [] : [`domain=${userid_domain}`]),
    `path=${userid_path}`,
    ...userid_flags,
  ]
  return parts.join('; ')
}

function expiry(expires: Expires): readonly string[] {
  if (expires === 'off') return []
  return [`expires=${expires === 'max' ? LAST_DAY : cookieDate(Date.now() + expires * 1000)}`]
}

/** As Netscape wrote dates: `Thu, 31-Dec-37 23:55:55 GMT`. */
export function cookieDate(time: number): string {
  const date = new Date(time)
  const [day = '', number, month, year = ''] = date.toUTCString().split(' ')
  const short = date.getUTCFullYear() > LAST_SHORT_YEAR ? year : year.slice(-2)
  return `${day} ${number}-${month}-${short} ${date.toUTCString().slice(-12)}`
}
