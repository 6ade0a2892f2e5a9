import { responseRefused } from '../../base/errors.ts'
import type { Exchange } from '../exchange/exchange.ts'

/**
 * For a sink of a filter that has kept the head of a response back, and finds by its body that it
 * cannot be sent: ends the exchange with this status instead, with its `error_page` or the built-in
 * page, which go through the filters anew. Who makes the response is told that nobody wants it any
 * more; what comes of it all the same is the sink's to swallow.
 */
export function finishInstead(x: Exchange, status: number): void {
  if (x.begun) throw new Error('a response has begun already')
  const { onAbort } = x
  x.onAbort = undefined
  onAbort?.(responseRefused(status))
  x.head = undefined
  x.finish(status)
}
