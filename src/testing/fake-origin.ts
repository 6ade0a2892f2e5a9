import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** A request as an origin got it. */
export interface Received {
  readonly method: string
  /** Path and arguments as sent. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** How an origin answers: a text, or the response itself, which it then ends. */
export type OriginAnswer = (request: Received, response: ServerResponse) => string | undefined

/** Starts an HTTP server that keeps what it is asked. */
export async function startFakeOrigin(answer: OriginAnswer): Promise<FakeOrigin> {
  const received: Received[] = []
  const server = createServer((asked, response) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk) => chunks.push(chunk))
    asked.on('end', () => {
      const { headers, method = '', url = '' } = asked
      const request = { method, target: url, headers, body: Buffer.concat(chunks) }
      received.push(request)
      const text = answer(request, response)
      if (text !== undefined) response.end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new FakeOrigin(server, received)
}

/** A server behind the gateway under test; `await using` stops it. */
export class FakeOrigin implements AsyncDisposable {
  /** What it was asked, in order. */
  readonly received: readonly Received[]
  readonly #server: Server

  constructor(server: Server, received: readonly Received[]) {
    this.#server = server
    this.received = received
  }

  /** `127.0.0.1:40123`. */
  get address(): string {
    const { port } = this.#server.address() as { port: number }
    return `127.0.0.1:${port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
