import { CODE } from '../../wire/http2/codes.ts'
import { ConnectionFault } from '../../wire/http2/fault.ts'
import { windowFrame } from '../../wire/http2/frame-writer.ts'
import type { Outgoing } from './outgoing.ts'

/** How much of the bodies of a connection may be on its way, all streams together. */
export class ReceiveRoom {
  readonly #most: number
  readonly #outgoing: Outgoing
  /** Bytes that the client may still send, and that were taken since it was last told. */
  #left: number
  #taken = 0

  constructor(most: number, outgoing: Outgoing) {
    this.#most = most
    this.#left = most
    this.#outgoing = outgoing
  }

  /** Bytes came. Throws a `ConnectionFault` where these are more than the client may send. */
  came(bytes: number): void {
    this.#left -= bytes
    if (this.#left >= 0) return
    throw new ConnectionFault(CODE.flowControlError, 'more than the window of the connection')
  }

  /** They need not be kept any more. */
  release(bytes: number): void {
    this.#taken += bytes
    // Too little is not worth a frame.
    if (this.#taken < this.#most / 2) return
    this.#outgoing.frame(windowFrame(0, this.#taken))
    this.#left += this.#taken
    this.#taken = 0
  }
}
