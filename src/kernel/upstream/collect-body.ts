import type { Exchange } from '../exchange/exchange.ts'
import type { Awaitable } from '../phase/verdict.ts'
import { RequestSource } from './request-source.ts'

/**
 * Reads the request body, so that it can be sent to several peers. Whether all of it is there: not
 * where it is longer than `client_body_buffer_size`, or the client broke it off.
 */
export function collectBody(x: Exchange): Awaitable<boolean> {
  if (x.body.empty) return true
  const source = RequestSource.of(x.body)
  const waits = source.collect(x.location.settings.client_body_buffer_size)
  return waits ? waits.then(() => source.whole !== undefined) : source.whole !== undefined
}
