import net from 'node:net'
import { type Handle, newTcpServer, type PeerName } from '../../src/kernel/socket/binding.ts'
import { onCleanup } from '../harness/cleanup.ts'

/** Listens on a free loopback port and hands over each accepted connection as it is. */
export function listenRaw(accept: (handle: Handle) => void): number {
  const server = newTcpServer()
  check(server.bind('127.0.0.1', 0, 0))
  server.onconnection = (failed, client) => {
    if (failed === 0 && client) accept(client)
  }
  check(server.listen(511))
  onCleanup(() => server.close())
  const name: PeerName = {}
  server.getsockname?.(name)
  return name.port as number
}

/** A plain client socket that reads only when it is told to. */
export async function connectPaused(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.pause()
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  onCleanup(() => void socket.destroy())
  return socket
}

/** Everything that comes until the other side ends, or the connection breaks. */
export async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  await new Promise((resolve) => {
    socket.once('end', resolve)
    socket.once('close', resolve)
  })
  return Buffer.concat(chunks)
}

/** Lets everything happen that is only waiting for its turn in the event loop. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

function check(failed: number): void {
  if (failed !== 0) throw new Error(`cannot listen: ${failed}`)
}
