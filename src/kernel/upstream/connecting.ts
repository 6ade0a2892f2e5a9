import { clock } from '../../base/clock.ts'
import {
  type GatewayError,
  noConnectionSlots,
  upstreamBindFailed,
  upstreamConnectFailed,
  upstreamTimedOut,
  upstreamUnresolved,
} from '../../base/errors.ts'
import { describeSystemError } from '../../base/system-error.ts'
import type { LocalAddress } from './local-address.ts'
import type { Peer } from './peer.ts'
import type { TlsTerms } from './tls-terms.ts'
import type { Upstream } from './upstream.ts'
import { type ConnectionUser, UpstreamConnection } from './upstream-connection.ts'

/** Who waits for a connection. */
export interface Connector {
  connected(): void
  failed(failure: 'error' | 'timeout', error: GatewayError): void
  /** No peer could be connected to. */
  abandon(error: GatewayError): void
}

/** How a location connects to its peers. */
interface Ways {
  readonly connectTimeout: number
  readonly probed: boolean
}

/**
 * Begins to connect to a peer; the connector hears what comes of it. Undefined when there is nothing
 * to wait for.
 */
export function connectTo(
  peer: Peer,
  upstream: Upstream,
  connector: Connector,
  local: LocalAddress | undefined,
  tls: TlsTerms | undefined,
  { connectTimeout, probed }: Ways,
): UpstreamConnection | undefined {
  const { address } = peer.settings
  if (!address) {
    failLater(connector, peer)
    return undefined
  }
  const { slots, pool } = upstream
  const until = clock.now + connectTimeout
  const agree = () => {
    if (tls) tls.agree(connector, connection as UpstreamConnection, until)
    else connector.connected()
  }
  const user = new Connecting(connector, local, agree)
  const route = { peer, address, local, probed, tls }
  const connection = UpstreamConnection.open(route, slots, pool, user, clock.now)
  if (connection) connection.writeBy(until)
  else connector.abandon(noConnectionSlots(slots.limit))
  return connection
}

/** Told later, like every other failure: nobody may be called while a turn begins. */
function failLater(connector: Connector, peer: Peer): void {
  setImmediate(() => connector.failed('error', upstreamUnresolved(peer.name)))
}

/** The user of a connection that is being made. */
export class Connecting implements ConnectionUser {
  readonly #connector: Connector
  readonly #local: LocalAddress | undefined
  readonly #agree: () => void

  /** `agree` is called once peers could talk; it tells the connector. */
  constructor(connector: Connector, local: LocalAddress | undefined, agree: () => void) {
    this.#connector = connector
    this.#local = local
    this.#agree = agree
  }

  onConnected(): void {
    this.#agree()
  }

  onConnectFailed(errno: number, call: 'bind' | 'connect'): void {
    const system = describeSystemError(errno)
    if (call === 'connect') this.#connector.failed('error', upstreamConnectFailed(system))
    // As in nginx, another peer would not help.
    else this.#connector.abandon(upstreamBindFailed(this.#local?.name ?? '', system))
  }

  onDeadline(): void {
    this.#connector.failed('timeout', upstreamTimedOut('connecting to upstream'))
  }

  // Nothing is read or written before the connection is there, and who closes it knows.
  onBytes(): void {}
  onEnd(): void {}
  onDrain(): void {}
  onBroken(): void {}
  onClosed(): void {}
}
