import { clock } from '../base/clock.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { noteChosen, noteFailure, noteSuccess } from '../kernel/upstream/health.ts'
import type { Peer } from '../kernel/upstream/peer.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import type { ForwardOptions } from './forward-options.ts'
import { isNonIdempotent, type NextCondition } from './next-upstream.ts'
import type { PeerBody } from './request-source.ts'

const NONE_TRIED: ReadonlySet<Peer> = new Set()

/** What a peer's turn came to: `left` says nothing about its health. */
export type TurnEnd = 'worked' | 'failed' | 'left'

/** Whose turn it is to be asked, for one forwarded request, and whether another one may follow. */
export class Turns {
  readonly upstream: Upstream
  /** Whose turn it is. */
  peer: Peer | undefined = undefined
  /** Whether any of the request may have reached this peer. */
  sent = false
  readonly #x: Exchange
  readonly #options: ForwardOptions<unknown>
  readonly #body: PeerBody | undefined
  readonly #startedAt = clock.now
  /** Turns left, this one included. */
  #left: number
  #tried: Set<Peer> | undefined = undefined

  constructor(
    x: Exchange,
    upstream: Upstream,
    options: ForwardOptions<unknown>,
    body: PeerBody | undefined,
  ) {
    this.#x = x
    this.upstream = upstream
    this.#options = options
    this.#body = body
    const { nextTries } = options
    this.#left = nextTries > 0 ? Math.min(nextTries, upstream.tries) : upstream.tries
  }

  /** Who is asked next; undefined when nobody is left, `done` when somebody has answered. */
  choose(): Awaitable<Peer | 'done' | undefined> {
    const { upstream } = this
    const x = this.#x
    const tried = this.#tried ?? NONE_TRIED
    const chosen = x.location.choosePeer?.(x, upstream, tried)
    if (chosen === undefined) return upstream.choose(x, tried)
    if (!(chosen instanceof Promise)) return chosen
    return chosen.then((peer) => peer ?? upstream.choose(x, tried))
  }

  /** The turn of `peer` begins. */
  begin(peer: Peer): void {
    noteChosen(peer, clock.now, this.upstream.health)
    peer.active++
    this.peer = peer
    this.sent = false
  }

  /** The turn is over; what came of it counts for the peer's health. */
  end(how: TurnEnd): void {
    const { peer } = this
    if (!peer) return
    this.peer = undefined
    peer.active--
    const { health, list } = this.upstream
    if (how === 'worked') noteSuccess(peer, health)
    // As in nginx, nobody counts the failures of a peer on its own.
    if (how !== 'failed' || list.length === 1) return
    if (noteFailure(peer, clock.now, health)) {
      this.#x.log('warn', 'upstream server temporarily disabled while connecting to upstream')
    }
  }

  /** The turn is over, and another peer's begins when it is chosen. */
  pass(how: TurnEnd): void {
    this.#tried ??= new Set()
    this.#tried.add(this.peer as Peer)
    this.#left--
    this.end(how)
  }

  /** Whether the request may be sent again to the same peer: nothing is done twice by it. */
  get mayResend(): boolean {
    if (!this.sent) return true
    return !isNonIdempotent(this.#x.method) && this.#bodyIsThere
  }

  /** Whether another peer may be asked after this happened (`proxy_next_upstream`). */
  mayPass(condition: NextCondition): boolean {
    const { next, nextTimeout } = this.#options
    if (this.#left <= 1 || !next.has(condition) || !this.#bodyIsThere) return false
    if (this.sent && isNonIdempotent(this.#x.method) && !next.has('non_idempotent')) return false
    return nextTimeout === 0 || clock.now - this.#startedAt < nextTimeout
  }

  get #bodyIsThere(): boolean {
    return this.#body === undefined || this.#body.available
  }
}
