import type { Exchange } from './exchange.ts'

/** Points an exchange to another URI or a named location (see `Exchange.redirect`). */
export function redirect(x: Exchange, uri: string): 'rerun' | number {
  x.internal = true
  if (uri.startsWith('@')) {
    const location = x.server.locations.named(uri)
    if (!location) {
      x.log('error', `could not find named location "${uri}"`)
      return 500
    }
    x.location = location
    x.restart = 'rewrite'
    return 'rerun'
  }
  if (x.rewritten === 'here') x.rewritten = 'yes'
  const question = uri.indexOf('?')
  x.uri = question < 0 ? uri : uri.slice(0, question)
  x.args = question < 0 ? undefined : uri.slice(question + 1)
  x.location = x.server.own
  x.restart = 'serverRewrite'
  return 'rerun'
}
