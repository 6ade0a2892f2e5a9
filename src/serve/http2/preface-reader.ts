import { Buffer } from 'node:buffer'
import type { StreamUser } from '../../kernel/socket/stream-user.ts'
import { PREFACE } from '../../wire/http2/codes.ts'
import type { Connection } from '../connection.ts'
import type { Http2Settings } from './directives.ts'

const EXPECTED = Buffer.from(PREFACE, 'latin1')

/**
 * Uses the stream of a connection until its first bytes tell which version of HTTP is spoken (RFC
 * 9113 section 3.3); they are then the connection's. `client_header_timeout` runs.
 */
export class PrefaceReader implements StreamUser {
  readonly #connection: Connection
  readonly #settings: Http2Settings
  /** The beginning of what may be a preface. */
  #partial: Buffer | undefined = undefined

  constructor(connection: Connection, settings: Http2Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  onBytes(memory: Buffer, size: number): void {
    const read = memory.subarray(0, size)
    const bytes = this.#partial ? Buffer.concat([this.#partial, read]) : read
    const length = Math.min(bytes.length, EXPECTED.length)
    const connection = this.#connection
    const isPreface = bytes.compare(EXPECTED, 0, length, 0, length) === 0
    if (isPreface && length < EXPECTED.length) {
      this.#partial = Buffer.from(bytes)
      return
    }
    connection.stream.user = connection
    if (isPreface) connection.speakHttp2(this.#settings)
    connection.stream.user.onBytes(bytes, bytes.length)
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
}
