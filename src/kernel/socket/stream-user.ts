import type { Buffer } from 'node:buffer'

/** Who uses a stream. Every call comes from the event loop, never from inside a stream's method. */
export interface StreamUser {
  /**
   * Bytes 0…`size` of `memory` were read. The memory is lent: it holds them only until this call
   * returns, unless the stream reads into memory of its own (`readInto`).
   */
  onBytes(memory: Buffer, size: number): void
  /** The other side has closed its writing half. */
  onEnd(): void
  /** Everything written has left; what was held back may go on. */
  onDrain(): void
  /** The connection broke (`ECONNRESET`, `EPIPE`…). The stream is closed already. */
  onBroken(code: string): void
}
