import { clock } from '../../base/clock.ts'
import { CODE } from '../../wire/http2/codes.ts'
import type { Session } from './session.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * What the streams of a connection wait for. The connection has one deadline for what is to come, and
 * one for what is to be taken: each stands for the stream that is the first to lose its patience.
 */
export class SessionDeadlines {
  readonly #session: Session
  #readAt = NEVER
  #writeAt = NEVER
  /** Bytes in the socket when the client was last waited for. */
  #queued = 0

  constructor(session: Session) {
    this.#session = session
  }

  /** A piece of a body is to come within `milliseconds`; returns until when. */
  awaitBody(milliseconds: number): number {
    const at = clock.now + milliseconds
    if (at < this.#readAt) {
      this.#readAt = at
      this.#session.connection.deadlines.awaitBody(milliseconds)
    }
    return at
  }

  /** Something is to be taken within `milliseconds`; returns until when. */
  awaitTaking(milliseconds: number): number {
    const at = clock.now + milliseconds
    if (at < this.#writeAt) {
      const { deadlines, stream } = this.#session.connection
      this.#writeAt = at
      this.#queued = stream.pending > 0 ? stream.handle.writeQueueSize : 0
      deadlines.awaitTaking(milliseconds)
    }
    return at
  }

  /** No stream is under way. */
  clear(): void {
    this.#readAt = NEVER
    this.#writeAt = NEVER
    this.#session.connection.deadlines.taken()
  }

  /** A deadline of the connection has passed. */
  passed(kind: 'read' | 'write'): void {
    const session = this.#session
    const { streams } = session
    if (kind === 'write' && this.#isTaking()) {
      for (const { output } of streams.values()) output.waitOn()
    }
    for (const stream of [...streams.values()]) {
      if (stream.timedOut(clock.now)) session.reset(stream, CODE.cancel)
    }
    this.#arm()
  }

  /** Whether the client has taken something, if slowly, of what waits in the socket. */
  #isTaking(): boolean {
    const { stream } = this.#session.connection
    return stream.pending > 0 && stream.handle.writeQueueSize < this.#queued
  }

  #arm(): void {
    const { connection, streams } = this.#session
    let readAt = NEVER
    let writeAt = NEVER
    for (const { input, output } of streams.values()) {
      readAt = Math.min(readAt, input.readBy)
      writeAt = Math.min(writeAt, output.writeBy)
    }
    this.#readAt = NEVER
    this.#writeAt = NEVER
    connection.deadlines.taken()
    if (streams.size > 0) connection.deadlines.awaitNothing()
    if (readAt < NEVER) this.awaitBody(readAt - clock.now)
    if (writeAt < NEVER) this.awaitTaking(writeAt - clock.now)
  }
}
