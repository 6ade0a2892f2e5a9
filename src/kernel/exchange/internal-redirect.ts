import { splitTarget, type Target } from '../../wire/uri.ts'
import type { Exchange } from './exchange.ts'

/** Points an exchange to another URI or a named location (see `Exchange.redirect`). */
export function redirect(x: Exchange, to: string | Target): 'rerun' | number {
  x.internal = true
  if (typeof to === 'string' && to.startsWith('@')) {
    const location = x.server.locations.named(to)
    if (!location) {
      x.log('error', `could not find named location "${to}"`)
      return 500
    }
    x.location = location
    x.restart = 'rewrite'
    return 'rerun'
  }
  if (x.rewritten === 'here') x.rewritten = 'yes'
  const { uri, args } = typeof to === 'string' ? splitTarget(to) : to
  x.uri = uri
  x.args = args
  x.location = x.server.own
  x.restart = 'serverRewrite'
  return 'rerun'
}
