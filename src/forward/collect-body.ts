import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import { RequestSource } from './request-source.ts'

/**
 * Reads the request body, what memory does not hold into a file of this folder. Whether all of it
 * is there, so that it can be sent to several peers.
 */
export function collectBody(x: Exchange, folder: TempFolder): Awaitable<boolean> {
  if (x.body.empty) return true
  const source = RequestSource.of(x)
  const waits = source.collect(folder)
  return waits ? waits.then(() => source.isCollected) : source.isCollected
}

/**
 * Keeps a body that was collected for somebody who may send it when its own request is over, until
 * what is returned is called.
 */
export function keepBody(x: Exchange): () => void {
  return x.body.empty ? () => {} : RequestSource.of(x).keep()
}
