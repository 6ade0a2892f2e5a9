import type { Buffer } from 'node:buffer'
import type { GatewayError } from '../base/errors.ts'
import type { ClientEnd } from '../kernel/exchange/client-end.ts'
import type { UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import type { Asking } from './protocol.ts'
import { Tunnel } from './tunnel/tunnel.ts'

/** Who hears how a tunnel ends, once it does. */
export interface TunnelOwner<C> extends Pick<Asking<C>, 'x' | 'attempt' | 'options'> {
  /** It is over; with an error, that is the reason. */
  tunnelOver(client: ClientEnd, error: GatewayError | undefined): void
  /** The client has left for good. */
  stop(): void
}

/** Connects a client with the peer that has just switched protocols; `early` is its first bytes. */
export function openTunnel<C>(
  owner: TunnelOwner<C>,
  client: ClientEnd,
  peer: UpstreamConnection,
  early: Buffer,
): void {
  const { attempt, options, x } = owner
  const before = early.length
  const times = {
    silence: options.readTimeout,
    peer: options.sendTimeout,
    client: x.location.settings.send_timeout,
  }
  const tunnel = new Tunnel(client, peer, times, (error) => {
    if (count()) owner.tunnelOver(client, error)
  })
  // Whatever `ignoreClientAbort` says: without the client there is nothing to work for.
  x.onAbort = () => {
    count()
    owner.stop()
  }
  let counted = false
  /** Whether this was the first time. */
  function count(): boolean {
    if (counted) return false
    counted = true
    attempt.bytesSent += tunnel.up.moved
    attempt.bytesReceived += tunnel.down.moved - before
    x.bodySent = tunnel.down.moved
    return true
  }
  tunnel.open(early)
}
