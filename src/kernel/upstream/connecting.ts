import { type GatewayError, upstreamConnectFailed, upstreamTimedOut } from '../errors.ts'
import { describeSystemError } from '../log/system-error.ts'
import type { Failure } from './next-upstream.ts'
import type { ConnectionUser } from './upstream-connection.ts'

/** Who waits for a connection. */
export interface Connector {
  connected(): void
  failed(failure: Failure, error: GatewayError): void
}

/** The user of a connection that is being made. */
export class Connecting implements ConnectionUser {
  readonly #connector: Connector

  constructor(connector: Connector) {
    this.#connector = connector
  }

  onConnected(): void {
    this.#connector.connected()
  }

  onConnectFailed(errno: number): void {
    this.#connector.failed('error', upstreamConnectFailed(describeSystemError(errno)))
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
