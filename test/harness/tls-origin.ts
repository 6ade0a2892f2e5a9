import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { onCleanup } from './cleanup.ts'

/** A server that speaks HTTP/1.1 over TLS. */
export interface TlsOrigin {
  readonly port: number
  readonly address: string
  readonly server: https.Server
  /** The connections on which TLS was agreed, in their order. */
  readonly agreed: readonly TLSSocket[]
  /** Whether they went on with an earlier session. */
  readonly reused: readonly boolean[]
}

/**
 * Starts one that tells, as JSON, what was agreed on, unless `respond` answers. It asks for
 * certificates and takes any. It listens on 127.0.0.1, or at a path. Closed when the test is over.
 */
export async function tlsOrigin(
  options: https.ServerOptions,
  respond: RequestListener = tell,
  path?: string,
): Promise<TlsOrigin> {
  const server = https.createServer(
    { requestCert: true, rejectUnauthorized: false, ...options },
    respond,
  )
  const agreed: TLSSocket[] = []
  const reused: boolean[] = []
  const sockets = new Set<Duplex>()
  server.on('connection', (socket) => sockets.add(socket))
  server.on('secureConnection', (socket) => {
    agreed.push(socket)
    reused.push(socket.isSessionReused())
  })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  onCleanup(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  })
  const port = path === undefined ? (server.address() as AddressInfo).port : 0
  return { port, address: `127.0.0.1:${port}`, server, agreed, reused }
}

function tell(request: IncomingMessage, response: ServerResponse): void {
  const socket = request.socket as TLSSocket
  const text = JSON.stringify({
    name: socket.servername,
    shown: socket.getPeerCertificate()?.subject?.CN ?? null,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().name,
    host: request.headers.host,
  })
  response.setHeader('Content-Length', text.length)
  response.end(text)
}
