import type { Exchange } from '../kernel/exchange/exchange.ts'
import { Fields } from '../wire/http1/fields.ts'
import { writeFields } from '../wire/http1/response-writer.ts'

/** Passes the fields of a peer's 103 on, if `early_hints` says so and the client can be told. */
export function passEarlyHints(x: Exchange, fields: string[]): void {
  const { early_hints } = x.location.settings
  if (early_hints.length === 0 || x.version < 11 || x.head) return
  const wanted = early_hints.some((each) => {
    const text = each.render(x)
    return text !== '' && text !== '0'
  })
  if (!wanted) return
  const lines = writeFields(new Fields(fields), (name) => {
    x.log('error', `early hint "${name}" has bytes that no header may have`)
  })
  if (lines !== '') x.carrier.hint?.(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`)
}
