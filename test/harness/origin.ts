import net from 'node:net'
import { onCleanup } from './cleanup.ts'
import { freePort } from './ports.ts'
import { readRequest, readRequestHead } from './request.ts'
import { Wire } from './wire.ts'

/** What an origin does with one connection. When it returns, the connection is closed in order. */
export type OriginScript = (peer: OriginPeer) => void | Promise<void>

/** An origin's side of one connection. */
export class OriginPeer extends Wire {
  /** Counts the origin's connections from 1. */
  readonly number: number

  constructor(socket: net.Socket, number: number) {
    super(socket)
    this.number = number
  }

  /** The next request with its body; undefined when the gateway closed instead. */
  request() {
    return readRequest(this.incoming)
  }

  /** The next request up to its empty line; its body stays unread. */
  requestHead() {
    return readRequestHead(this.incoming)
  }

  /** Answers 200 with a text and its length; extra lines end in CRLF. */
  answer(body: string, headers = ''): Promise<void> {
    const length = Buffer.byteLength(body)
    return this.send(
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`),
    )
  }
}

/** A TCP server that behaves exactly as its script says, or as badly. */
export class Origin {
  readonly port: number
  /** What scripts threw: a malformed request, mostly. Tests look here. */
  readonly errors: Error[] = []
  /** Connections accepted so far. */
  accepted = 0
  readonly #peers = new Set<OriginPeer>()
  readonly #server: net.Server
  #script: OriginScript

  constructor(server: net.Server, port: number, script: OriginScript) {
    this.#server = server
    this.port = port
    this.#script = script
    server.on('connection', (socket) => void this.#serve(socket))
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Connections open now. */
  get open(): number {
    return this.#peers.size
  }

  /** Changes what the next connections meet. */
  become(script: OriginScript): void {
    this.#script = script
  }

  /** Breaks every connection that is open now. */
  resetAll(): void {
    for (const peer of this.#peers) peer.reset()
  }

  /** Stops listening and closes everything. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const peer of this.#peers) peer.destroy()
    await closed
  }

  async #serve(socket: net.Socket): Promise<void> {
    const peer = new OriginPeer(socket, ++this.accepted)
    this.#peers.add(peer)
    socket.on('close', () => this.#peers.delete(peer))
    try {
      await this.#script(peer)
      peer.halfClose()
    } catch (error) {
      // A gateway that hangs up early is no fault of the origin's.
      if (peer.incoming.failure === undefined) this.errors.push(error as Error)
      peer.destroy()
    }
  }
}

/** Starts an origin that is closed when the test is over. */
export async function origin(script: OriginScript, port?: number): Promise<Origin> {
  const where = port ?? (await freePort())
  const server = net.createServer({ allowHalfOpen: true })
  const started = new Origin(server, where, script)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, '127.0.0.1', 4096, resolve)
  })
  onCleanup(() => started.close())
  return started
}
