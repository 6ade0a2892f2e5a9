import type { X509Certificate } from 'node:crypto'
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
  /** What was agreed with it over TLS. */
  readonly tls?: TlsFacts | undefined
  /** Whether this request was read before the response to the one before it was sent. */
  readonly pipelined: boolean
}

/** What was agreed on a connection that speaks TLS. */
export interface TlsFacts {
  /** The name that the client has asked for, as sent (SNI). */
  readonly serverName: string | undefined
  /** `TLSv1.3` */
  readonly protocol: string
  readonly cipher: string
  /** What the client has offered, as code points in its order. */
  readonly ciphers: readonly number[]
  readonly groups: readonly number[]
  /** The protocol that is spoken inside; `` where the client has named none. */
  readonly alpn: string
  /** Whether an earlier session goes on. */
  readonly reused: boolean
  /** Of the session, in hexadecimal; `` where it has none, or the connection is gone. */
  readonly sessionId: string
  /** What the client has shown. */
  readonly certificate: X509Certificate | undefined
  /** `NONE`, `SUCCESS`, or `FAILED:` and a reason. */
  readonly verified: string
}
