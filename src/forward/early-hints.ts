import type { Exchange } from '../kernel/exchange/exchange.ts'
import { Fields } from '../wire/http1/fields.ts'

/** Passes the fields of a peer's 103 on, if `early_hints` says so and the client can be told. */
export function passEarlyHints(x: Exchange, fields: string[]): void {
  const { early_hints } = x.location.settings
  if (early_hints.length === 0 || x.version < 11 || x.head) return
  const wanted = early_hints.some((each) => {
    const text = each.render(x)
    return text !== '' && text !== '0'
  })
  if (!wanted) return
  x.carrier.hint?.(new Fields(fields))
}
