import type { ProxyProtocol } from '../../wire/proxy-header.ts'

/** The connection a request came on, as handlers and variables see it. */
export interface Client {
  /** Number of the connection in this worker (`$connection`). */
  readonly serial: number
  /** IP address, or `unix:` for unix sockets. */
  readonly address: string
  readonly port: number
  /** Where it was accepted. */
  readonly localAddress: string
  readonly localPort: number
  /** What the PROXY protocol told; undefined where it is not spoken, or names nobody. */
  readonly proxyProtocol: ProxyProtocol | undefined
  /** Requests so far on this connection, this one included (`$connection_requests`). */
  readonly requests: number
  /** When it was accepted, milliseconds since the epoch. */
  readonly acceptedAt: number
  readonly secure: boolean
  /** Whether this request was read before the response to the one before it was sent. */
  readonly pipelined: boolean
}
