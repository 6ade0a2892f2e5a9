import type { Exchange } from '../exchange/exchange.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { Peer } from './peer.ts'

/**
 * Chooses the peer that is asked next, among those not in `tried`. Undefined: none is left, the
 * request ends with 502.
 */
export type Balancer = (x: Exchange, tried: ReadonlySet<Peer>) => Awaitable<Peer | undefined>

/**
 * Chooses a peer for the requests of one place, whatever upstream they are forwarded to. Undefined
 * leaves it to the upstream's balancer; `done`: the request was answered instead.
 */
export type PeerChooser<C> = (
  x: Exchange,
  peers: Peers,
  tried: ReadonlySet<Peer>,
  config: C,
) => Awaitable<Peer | 'done' | undefined>

/** The peers of one upstream, as a balancer sees them. */
export interface Peers {
  readonly upstream: string
  /** In the order written; `backup` peers too. */
  readonly list: readonly Peer[]
  /** Whether the peer may be asked now: not tried, not down, not failed out, below max_conns. */
  usable(peer: Peer, tried: ReadonlySet<Peer>): boolean
  /** The default balancer's choice (smooth weighted round robin, then the backups). */
  next(x: Exchange, tried: ReadonlySet<Peer>): Peer | undefined
}
