import type { ServeClient } from '../kernel/listen/client-connection.ts'
import type { ServerPlan } from '../kernel/phase/plan.ts'
import { Connection } from './connection.ts'
import type { Http2Settings } from './http2/directives.ts'
import type { TlsServers } from './tls/tls-servers.ts'

/** What is spoken on one address. */
export interface Speaking {
  /** Undefined where connections are not encrypted. */
  readonly tls: TlsServers | undefined
  /** Of the servers that speak HTTP/2. */
  readonly http2: ReadonlyMap<ServerPlan, Http2Settings>
}

/** Serves clients of one address. */
export function serveClients(speaking: Speaking): ServeClient {
  return (clients, handle, plan, serial) => new Connection(clients, handle, plan, serial, speaking)
}
