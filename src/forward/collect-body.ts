import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import { RequestSource } from './request-source.ts'

/**
 * Reads the request body, what memory does not hold into a file of this folder. Whether all of it
 * is in memory, so that it can be sent to several peers at once.
 */
export function collectBody(x: Exchange, folder: TempFolder): Awaitable<boolean> {
  if (x.body.empty) return true
  const source = RequestSource.of(x)
  const waits = source.collect(folder)
  return waits ? waits.then(() => source.whole !== undefined) : source.whole !== undefined
}
