import { parseForeignTarget, type Target } from '../../wire/uri.ts'
import type { Exchange } from './exchange.ts'

/**
 * Where a URI leads that came from a peer or a page, for `x.redirect` and `x.subrequest`. Undefined
 * for one that nobody may follow; the error log tells of it.
 */
export function foreignTarget(x: Exchange, text: string): Target | undefined {
  const target = parseForeignTarget(text, x.server.settings.merge_slashes)
  if (!target) x.log('error', `unsafe URI "${text}" was detected`)
  return target
}
