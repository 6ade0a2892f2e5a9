import { Buffer } from 'node:buffer'
import type { StreamUser } from '../kernel/socket/stream-user.ts'
import { parseProxyHeader } from '../wire/proxy-header.ts'
import type { Connection } from './connection.ts'
import { logConnection } from './log-connection.ts'

/**
 * Uses the stream of a connection until the header of the PROXY protocol has been read
 * (`listen … proxy_protocol`); what follows is the connection's. `client_header_timeout` runs.
 */
export class ProxyHeaderReader implements StreamUser {
  readonly #connection: Connection
  /** Who gets what follows. */
  readonly #next: StreamUser
  /** The beginning of a header that is not complete. */
  #partial: Buffer | undefined = undefined

  constructor(connection: Connection, next: StreamUser) {
    this.#connection = connection
    this.#next = next
  }

  onBytes(memory: Buffer, size: number): void {
    const read = memory.subarray(0, size)
    const bytes = this.#partial ? Buffer.concat([this.#partial, read]) : read
    const header = parseProxyHeader(bytes, bytes.length)
    if (header === undefined) {
      this.#partial = Buffer.from(bytes)
      return
    }
    const connection = this.#connection
    if (typeof header === 'string') {
      this.#refuse(header)
      return
    }
    connection.stream.user = this.#next
    connection.proxyProtocol = header.proxied
    const rest = bytes.subarray(header.size)
    if (rest.length > 0) this.#next.onBytes(rest, rest.length)
  }

  onEnd(): void {
    this.#connection.onEnd()
  }

  onDrain(): void {
    this.#connection.onDrain()
  }

  onBroken(code: string): void {
    this.#connection.onBroken(code)
  }

  /** As in nginx, whoever does not speak the protocol is closed without a word. */
  #refuse(fault: string): void {
    const connection = this.#connection
    logConnection(connection, `${fault} while reading PROXY protocol`, 'error')
    connection.close()
  }
}
