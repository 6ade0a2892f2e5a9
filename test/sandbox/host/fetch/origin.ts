import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A real server of a test on an address of the loopback interface. */
export interface Origin {
  readonly port: number
  /** Connections it has accepted so far. */
  connections(): number
  /** Heads of requests it has seen, as `METHOD url`. */
  readonly seen: string[]
}

export interface OriginOptions {
  readonly host?: string
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** Serves until the test is over. */
export async function origin(listener: RequestListener, options: OriginOptions = {}) {
  const seen: string[] = []
  const noting: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  }
  const server = options.tls ? createHttps(options.tls, noting) : createHttp(noting)
  return await served(server, seen, options.host)
}

/** One that says exactly these bytes to whoever connects and has sent something. */
export async function rawOrigin(answer: (socket: Socket) => void): Promise<Origin> {
  const server = createTcp((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  return await served(server as Server, [])
}

async function served(server: Server, seen: string[], host = '127.0.0.1'): Promise<Origin> {
  let connections = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((listening) => server.listen(0, host, listening))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections, seen }
}
