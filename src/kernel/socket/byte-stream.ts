import type { Buffer } from 'node:buffer'
import type { StreamUser } from './stream-user.ts'

/** Bytes in both directions, whatever carries them: a socket, or a stream of an HTTP/2 connection. */
export interface ByteStream {
  user: StreamUser
  /** Bytes written that have not left yet; what was given to `write` must not change before that. */
  readonly pending: number
  readonly closed: boolean
  resume(): void
  pause(): void
  /** See `Stream.readInto`; a stream may go on with memory of its own. */
  readInto(memory: Buffer | undefined): void
  /** Returns whether something waits now. */
  write(bytes: Uint8Array): boolean
  /** `bytes` are lent as with `write`, between texts of one byte a character. */
  writeAround(before: string, bytes: Uint8Array, after: string): boolean
  /** Closes the writing half once everything written has left. */
  end(): void
}
