import type { Socket } from 'node:net'
import { ByteQueue } from './byte-queue.ts'

/** How the other side left: it closed in order, it reset, or it is still there. */
export type Ending = 'end' | 'reset'

/** One end of a TCP connection whose every byte is under the test's control. */
export class Wire {
  readonly socket: Socket
  readonly incoming: ByteQueue
  #closed = false

  constructor(socket: Socket, patience?: number) {
    this.socket = socket
    this.incoming = new ByteQueue(patience)
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.incoming.push(bytes))
    socket.on('end', () => this.incoming.finish())
    socket.on('error', (error) => this.incoming.finish(error))
    socket.on('close', () => {
      this.#closed = true
      this.incoming.finish()
    })
  }

  /** Whether nothing can be sent or received any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** Sends exactly these bytes; a string is latin1. Resolves when the system has taken them. */
  send(bytes: string | Uint8Array): Promise<void> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    return new Promise((resolve) => {
      // The other side may be gone already: what it answered before is still worth reading.
      if (this.socket.destroyed || !this.socket.writable) resolve()
      else this.socket.write(data, () => resolve())
    })
  }

  /** Says that nothing follows, and reads on. */
  halfClose(): void {
    this.socket.end()
  }

  /** Breaks the connection with a RST. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Closes both directions at once. */
  destroy(): void {
    this.socket.destroy()
  }

  /** Waits until the other side leaves; what it still sends before stays in `incoming`. */
  async ending(patience?: number): Promise<Ending> {
    while (await this.incoming.more(patience));
    return this.incoming.failure === undefined ? 'end' : 'reset'
  }
}
