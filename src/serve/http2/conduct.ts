import { clock } from '../../base/clock.ts'
import { CODE } from '../../wire/http2/codes.ts'
import { ConnectionFault } from '../../wire/http2/fault.ts'

/** Frames that carry nothing which a client may send before it has earned any, and those of each second. */
const FREE_FRAMES = 1000
const FRAMES_A_SECOND = 10
/** What a request, or so many bytes of bodies in either direction, earns of them. */
const FRAMES_A_REQUEST = 16
const BYTES_A_FRAME = 128
/** Requests that a client may break off beyond those that were answered. */
const FREE_RESETS = 200
/** Requests that may be refused, because too many are under way, beyond those that were answered. */
const FREE_REFUSALS = 1000

/**
 * How a client behaves on one connection. Frames that cost it nothing and us something (settings,
 * pings, resets, empty ones) are counted against what it does that has a purpose; beyond that the
 * connection ends. What comes of a reset of ours, for what the client did wrong, counts as its own.
 */
export class Conduct {
  #spent = 0
  #since = clock.now
  #earned = FREE_FRAMES
  #resets = 0
  #refusals = 0

  /** A frame without a purpose. Throws a `ConnectionFault` where that is one too many. */
  frame(): void {
    if (++this.#spent <= this.#earned) return
    // An idle connection is kept alive by pings, for days.
    this.#earned += ((clock.now - this.#since) / 1000) * FRAMES_A_SECOND
    this.#since = clock.now
    if (this.#spent > this.#earned) throw flood('frames that carry nothing')
  }

  /** Bytes of a body came, or went. */
  moved(bytes: number): void {
    this.#earned += bytes / BYTES_A_FRAME
  }

  /** A request has begun. */
  asked(): void {
    this.#earned += FRAMES_A_REQUEST
  }

  /** It was answered. */
  answered(): void {
    if (this.#resets > 0) this.#resets--
    if (this.#refusals > 0) this.#refusals--
  }

  /** It was broken off. Throws a `ConnectionFault` as `frame`. */
  brokenOff(): void {
    if (++this.#resets > FREE_RESETS) throw flood('requests that are broken off')
  }

  /** It was refused. Throws a `ConnectionFault` as `frame`. */
  refused(): void {
    if (++this.#refusals > FREE_REFUSALS) throw flood('more requests at a time than it may')
  }
}

function flood(what: string): ConnectionFault {
  return new ConnectionFault(CODE.enhanceYourCalm, `too many ${what}`)
}
