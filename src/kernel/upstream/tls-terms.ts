import type { Connector } from './connecting.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** TLS with one peer for one request. */
export interface TlsTerms {
  /** The same for terms that are alike: they may share connections. */
  readonly key: string
  /**
   * Agrees with the peer how to speak on a connection that was just made, until `until` (milliseconds
   * since the epoch); the connector hears what comes of it.
   */
  agree(connector: Connector, connection: UpstreamConnection, until: number): void
}
