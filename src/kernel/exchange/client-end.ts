import type { Buffer } from 'node:buffer'
import type { GatewayError } from '../../base/errors.ts'
import type { ByteStream } from '../socket/byte-stream.ts'
import type { Exchange } from './exchange.ts'

/** A client's connection that carries a tunnel, as the tunnel sees it. */
export interface ClientEnd {
  /** Its user is the tunnel. */
  readonly stream: ByteStream
  /** Whether the client has closed its writing half already. */
  readonly ended: boolean
  /** What the client has sent behind its request, for whoever asks first. */
  takeEarly(): Buffer | undefined
  /** Bytes wait for the client: it has `milliseconds` to take some of them. */
  arm(milliseconds: number): void
  /** It has taken everything. */
  taken(): void
  /** The tunnel is over, and so is the connection; with an error, that is reported. */
  leave(x: Exchange, error: GatewayError | undefined): void
}
