import type { ServeClient } from '../kernel/listen/client-connection.ts'
import { Connection } from './connection.ts'

/** Serves clients that speak HTTP/1. */
export const serveHttp1: ServeClient = (clients, handle, plan, serial) =>
  new Connection(clients, handle, plan, serial)
