import { clock } from '../base/clock.ts'
import { clientTimedOut } from '../base/errors.ts'
import type { SlotOwner, Slots } from '../kernel/socket/slots.ts'
import type { Connection } from './connection.ts'
import { type Counted, recount } from './counted.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * What a client connection waits for, and until when. Both deadlines stand in its slot: `read` for
 * what the client is to send, `write` for what it is to take. What is waited for also decides
 * whether the slot may be reclaimed, and where `stub_status` counts the connection.
 */
export class Deadlines implements SlotOwner {
  readonly slot: number
  readonly #connection: Connection
  readonly #slots: Slots
  #counted: Counted = 'nothing'
  /** Since when the connection waits for a request. */
  #idleSince = 0
  #lingerUntil = 0
  /** Bytes that waited to be written when the send time-out was armed. */
  #queued = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.#slots = connection.clients.slots
    this.slot = this.#slots.take(this)
  }

  // What is waited for from now on.

  awaitRequest(): void {
    // Line ends between requests are no sign of life.
    if (this.#counted === 'waiting') return
    this.#count('waiting')
    this.#idleSince = clock.now
    const { keepalive_min_timeout } = this.#connection.settings
    this.#armRead(Math.min(this.#patience(), keepalive_min_timeout))
  }

  /** It has `milliseconds` until it is agreed how to speak. */
  awaitHandshake(milliseconds: number): void {
    this.#count('reading')
    this.#armRead(milliseconds)
  }

  /** The time for a head runs from its first byte: a client that drips gains nothing. */
  awaitHead(): void {
    if (this.#counted === 'reading') return
    this.#count('reading')
    this.#setBusy()
    this.#armRead(this.#headTimeout())
  }

  /** An exchange has begun: its response is waited for, which is not the client's to hurry. */
  awaitResponse(): void {
    this.#count('writing')
    this.#setBusy()
    this.awaitNothing()
  }

  /** The next piece of a request body, for `milliseconds`. */
  awaitBody(milliseconds: number): void {
    this.#armRead(milliseconds)
  }

  /** The client need not send anything. */
  awaitNothing(): void {
    this.#slots.armRead(this.slot, NEVER)
  }

  /** The client has `milliseconds` to take some of what waits to be written. */
  awaitTaking(milliseconds: number): void {
    const { stream } = this.#connection
    this.#queued = stream.handle.writeQueueSize
    this.#slots.armWrite(this.slot, clock.now + milliseconds)
  }

  /** It has taken everything. */
  taken(): void {
    this.#slots.armWrite(this.slot, NEVER)
  }

  /** The client's end, after ours. */
  linger(): void {
    const { settings } = this.#connection
    this.#lingerUntil = clock.now + settings.lingering_time
    this.#armRead(settings.lingering_timeout)
    this.#slots.setIdle(this.slot)
  }

  /** While lingering, the client has sent something. */
  lingerOn(): void {
    const { lingering_timeout } = this.#connection.settings
    this.#armRead(Math.min(lingering_timeout, this.#lingerUntil - clock.now))
  }

  /** The worker drains: who waits for a request stays a little, in case one is on its way. */
  drain(): void {
    const { settings } = this.#connection
    const until = this.#idleSince + settings.keepalive_min_timeout
    this.#slots.armRead(this.slot, Math.max(until, clock.now))
  }

  /** The connection is gone. */
  end(): void {
    this.#count('nothing')
  }

  // What the slots tell.

  onDeadline(kind: 'read' | 'write'): void {
    const connection = this.#connection
    if (connection.serves && connection.http2?.onDeadline(kind)) return
    if (kind === 'write') {
      this.#writeDeadline()
      return
    }
    switch (connection.mode) {
      case 'handshake':
        connection.handshake?.timedOut()
        break
      case 'idle':
        this.#idleDeadline()
        break
      case 'head':
        connection.reader.refuse(clientTimedOut('its request head was read'))
        break
      case 'exchange':
        connection.current.bodyTimedOut()
        break
      case 'rest':
      case 'over':
        connection.close()
    }
  }

  /** As in nginx, closed at once: lingering would hold the slot that somebody waits for. */
  onReclaim(): void {
    this.#connection.http2?.giveWay()
    this.#connection.close()
  }

  /** A client that takes little is slow; only one that takes nothing is given up. */
  #writeDeadline(): void {
    const { current, settings, stream } = this.#connection
    if (!current.x || stream.handle.writeQueueSize < this.#queued) {
      this.awaitTaking(settings.send_timeout)
    } else {
      current.sendTimedOut()
    }
  }

  /**
   * Waiting long enough makes a connection reclaimable; waiting too long ends it. A new one that
   * says nothing counts as waiting, but not before it had its moment: in a burst, connections
   * would otherwise close each other before any could be read.
   */
  #idleDeadline(): void {
    const connection = this.#connection
    const { clients } = connection
    const left = this.#idleSince + this.#patience() - clock.now
    if (left <= 0 || clients.draining) {
      connection.expire()
    } else if (clients.full) {
      // Somebody waits for a slot already.
      connection.close()
    } else {
      this.#slots.setIdle(this.slot)
      this.#armRead(left)
    }
  }

  /** How long a connection may wait for its first request, or for its next one. */
  #patience(): number {
    const { requests, settings } = this.#connection
    return requests === 0 ? this.#headTimeout() : settings.keepalive_timeout.idle
  }

  #headTimeout(): number {
    return this.#connection.plan.servers.default.settings.client_header_timeout
  }

  #count(as: Counted): void {
    recount(this.#counted, as)
    this.#counted = as
  }

  #setBusy(): void {
    this.#slots.setBusy(this.slot)
  }

  #armRead(milliseconds: number): void {
    this.#slots.armRead(this.slot, clock.now + milliseconds)
  }
}
