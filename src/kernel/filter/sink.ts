import type { GatewayError } from '../../base/errors.ts'
import type { Head } from '../../wire/head.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { KeptBody } from '../socket/kept-body.ts'

/**
 * Where a response goes: the client socket, a filter, a subrequest's collector.
 *
 * Calls come in this order: `head` once, `data` any number of times, then `end` or `fail` once.
 * A chunk belongs to the receiver; nobody writes to it again. A promise from `data` or `end`
 * means "wait until I am ready": the caller sends nothing more until it settles.
 */
export interface Sink {
  head(head: Head): void
  data(chunk: Uint8Array): Awaitable<void>
  end(): Awaitable<void>
  /** The response cannot be completed; what was sent stands, and no `end` follows. */
  fail(error: GatewayError): void
  /**
   * True where chunks are only borrowed: nobody looks at one again once `data` has returned
   * nothing, or its promise has settled, so that its sender may use the memory again. Known once
   * the head was sent; a filter that passes chunks on says what its next sink says.
   */
  readonly borrows?: boolean
  /**
   * Like `data`, of a whole body: a string whose characters are bytes, or one that is kept. Only
   * sinks have it for which these are no detour: the client's own.
   */
  whole?(body: string | KeptBody): Awaitable<void>
}
