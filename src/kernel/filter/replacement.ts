import type { GatewayError } from '../../base/errors.ts'
import type { Head } from '../../wire/head.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { statusPage } from '../phase/status-page.ts'
import type { Awaitable } from '../phase/verdict.ts'
import { signatureOf } from '../settings/server-identity.ts'
import type { Sink } from './sink.ts'

/** Fields that describe the body that was to come. */
const OF_THE_BODY = ['etag', 'last-modified', 'content-encoding', 'content-range', 'accept-ranges']

/**
 * For a filter that refuses the response it sees: makes `x.head` one of this status with the
 * built-in page, and returns the sink that swallows the body that was to come.
 */
export function replaceByStatus(x: Exchange, next: Sink, status: number): Sink {
  const head = x.head as Head
  const page = statusPage(status, signatureOf(x.location.settings))
  head.seek?.([])
  head.status = status
  head.reason = undefined
  head.type = 'text/html'
  head.length = page.length
  head.modified = undefined
  head.ranges = false
  for (const name of OF_THE_BODY) head.fields.delete(name)
  return new Replacement(next, x.method === 'HEAD' ? undefined : page)
}

/** Swallows the body that comes and pours another one, or none, in its place. */
export class Replacement implements Sink {
  readonly borrows = true
  readonly #next: Sink
  readonly #body: Uint8Array | undefined

  constructor(next: Sink, body: Uint8Array | undefined) {
    this.#next = next
    this.#body = body
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(): void {}

  end(): Awaitable<void> {
    const poured = this.#body && this.#next.data(this.#body)
    return poured ? poured.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }
}
