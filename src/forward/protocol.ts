import type { Buffer } from 'node:buffer'
import type { GatewayError } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Answered, Attempt } from '../kernel/upstream/attempt.ts'
import type { UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import type { ForwardOptions } from './forward-options.ts'
import type { Failure } from './next-upstream.ts'
import type { PeerBody } from './request-source.ts'

/**
 * How to ask one peer: HTTP/1, FastCGI, uWSGI and so on. `C` is what one location configures of
 * it. Which peer is asked, and what happens when that fails, is none of its business.
 */
export interface Protocol<C> {
  /** Stands before the peer in the error log: `http://`. */
  readonly scheme: string
  /** What is asked for, as it stands behind the peer in the error log: `/path?args`. */
  target(x: Exchange, config: C): string
  /** Whether a request body must be complete before it is sent, so that its length is known. */
  needsLength(config: C): boolean
  /**
   * Sends the request over a connection that is ready, and makes itself its user. What comes of
   * it is told to `asking`, from the event loop.
   */
  ask(asking: Asking<C>, connection: UpstreamConnection): void
}

/** The head of an answer, in terms every protocol shares. */
export interface PeerAnswer extends Answered {
  readonly status: number
  readonly reason: string | undefined
  /** Fields that pass to the client: name, value, name, value… */
  readonly fields: string[]
  readonly type: string | undefined
  /** Bytes of the body, as announced. */
  readonly length: number | undefined
  /** Whether it has fields that tell the gateway what to do (`STEERING_FIELDS`). */
  readonly steers: boolean
}

/** One attempt, as a protocol sees it: what is asked, and who hears of the answer. */
export interface Asking<C> {
  readonly x: Exchange
  readonly options: ForwardOptions<C>
  readonly attempt: Attempt
  /** Undefined when the request has none. */
  readonly body: PeerBody | undefined
  /** The request as the protocol writes it, kept for the next attempt; `` before the first. */
  request: string
  /** From now on some of the request may reach the peer. */
  sending(): void
  /** The head is there. False: it is not wanted, the connection is closed, and this call is over. */
  answered(answer: PeerAnswer): boolean
  /** An answer is on its way; these fields will be of use to the client (103). */
  hinted(fields: string[]): void
  /**
   * The peer speaks another protocol from here on, as it was asked to; `early` is what it has said
   * in that already, in lent memory. False: this cannot be; nothing has happened.
   */
  switched(answer: PeerAnswer, early: Buffer): boolean
  /** Bytes of the body; `memory` is valid until this returns, or the connection's own. */
  data(memory: Buffer, from: number, to: number): void
  /** More of the body is to come: large ones are read into memory of their own from here on. */
  goOn(size: number): void
  /** Nothing was read for too long. True: not for the peer's fault, and reading goes on. */
  silent(): boolean
  /** The answer is complete; never told after another end. `keep`: the connection can carry another request. */
  done(keep: boolean): void
  /** The attempt failed, whether an answer has begun or not. */
  failed(failure: Failure, error: GatewayError): void
  /** The client's body cannot be sent; no other peer can help. */
  abandon(error: GatewayError): void
}
