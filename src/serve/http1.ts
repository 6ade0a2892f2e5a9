import type { ServeClient } from '../kernel/listen/client-connection.ts'
import { Connection } from './connection.ts'
import type { TlsServers } from './tls/tls-servers.ts'

/** Serves clients that speak HTTP/1. */
export const serveHttp1: ServeClient = (clients, handle, plan, serial) =>
  new Connection(clients, handle, plan, serial)

/** Serves clients that speak HTTP/1 over TLS. */
export function serveHttp1OverTls(servers: TlsServers): ServeClient {
  return (clients, handle, plan, serial) => new Connection(clients, handle, plan, serial, servers)
}
