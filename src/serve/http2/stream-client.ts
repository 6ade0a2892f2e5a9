import type { Client, TlsFacts } from '../../kernel/exchange/client.ts'
import type { ProxyProtocol } from '../../wire/proxy-header.ts'
import type { Connection } from '../connection.ts'

/** The connection that a request came on, as it was then. */
export class StreamClient implements Client {
  readonly requests: number
  readonly pipelined = false
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
    this.requests = connection.requests
  }

  get serial(): number {
    return this.#connection.serial
  }

  get address(): string {
    return this.#connection.address
  }

  get port(): number {
    return this.#connection.port
  }

  get localAddress(): string {
    return this.#connection.localAddress
  }

  get localPort(): number {
    return this.#connection.localPort
  }

  get proxyProtocol(): ProxyProtocol | undefined {
    return this.#connection.proxyProtocol
  }

  get acceptedAt(): number {
    return this.#connection.acceptedAt
  }

  get secure(): boolean {
    return this.#connection.secure
  }

  get tls(): TlsFacts | undefined {
    return this.#connection.tls
  }
}
