import type { Level } from '../../base/level.ts'
import { RequestHead } from '../../wire/http1/request-head.ts'
import type { Exchange } from './exchange.ts'

/** Writes a line to the error log of the exchange's location, with the fields of the request. */
export function logExchange(x: Exchange, level: Level, text: string): void {
  const log = x.location.settings.error_log
  if (!log.enabled(level)) return
  log.write(level, text, {
    connection: x.client.serial,
    client: x.client.address,
    server: x.server.name,
    request: requestLineOf(x),
    upstream: x.attempts?.at(-1)?.url,
    host: x.headers.get('host'),
  })
}

/** The request line as it was received (`$request`); empty where none was understood. */
export function requestLineOf(x: Exchange): string {
  const { headers } = x
  if (headers instanceof RequestHead) return headers.line
  if (x.askedMethod === '') return ''
  const line = `${x.askedMethod} ${x.target}`
  if (x.version === 9) return line
  return x.version === 20 ? `${line} HTTP/2.0` : `${line} HTTP/1.${x.version - 10}`
}
