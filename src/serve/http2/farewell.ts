import { CODE, type ErrorCode, STREAM_BITS } from '../../wire/http2/codes.ts'
import { goAwayFrame, pingFrame } from '../../wire/http2/frame-writer.ts'
import type { Outgoing } from './outgoing.ts'

/** Asks whether the client has seen that it is left. */
const LEAVING = Uint8Array.from('leaving!', (letter) => letter.charCodeAt(0))

/**
 * How a client is left without losing a request: it is told, and asked whether it has heard; what it has
 * asked until then is answered, and nothing that it asks later (RFC 9113 section 6.8).
 */
export class Farewell {
  readonly #outgoing: Outgoing
  #said: 'nothing' | 'told' | 'all' = 'nothing'

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  /** Whether nothing new is looked at any more. */
  get isSaid(): boolean {
    return this.#said === 'all'
  }

  begin(): void {
    if (this.#said !== 'nothing') return
    this.#said = 'told'
    this.#outgoing.frame(goAwayFrame(STREAM_BITS, CODE.noError))
    this.#outgoing.frame(pingFrame(LEAVING, 0))
  }

  /** The client has answered a ping: it has seen what was sent before. Whether that was all. */
  heard(last: number): boolean {
    if (this.#said !== 'told') return false
    this.end(last, CODE.noError)
    return true
  }

  /** No stream behind `last` was looked at, nor will be. */
  end(last: number, code: ErrorCode): void {
    this.#said = 'all'
    this.#outgoing.frame(goAwayFrame(last, code))
  }
}
