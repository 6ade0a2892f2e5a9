import tls from 'node:tls'
import { onCleanup } from './cleanup.ts'
import { RawClient } from './raw-client.ts'

/** A client that sends exact bytes over TLS. */
export interface TlsClient {
  readonly client: RawClient
  readonly socket: tls.TLSSocket
}

/**
 * Agrees with a server on 127.0.0.1 how to speak; certificates are not checked unless `ca` is given.
 * Rejects with the error of a handshake that fails. Closed when the test is over.
 */
export async function connectTls(
  port: number,
  options: tls.ConnectionOptions = {},
): Promise<TlsClient> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    rejectUnauthorized: options.ca !== undefined,
    ...options,
  })
  onCleanup(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed within the handshake')))
  })
  return { client: new RawClient(socket), socket }
}
