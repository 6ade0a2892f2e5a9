import type { ResponseOutput } from './response-output.ts'

/** The streams of a connection that have something to send and must wait; each gets its turn. */
export class SendQueue {
  readonly #streams = new Set<ResponseOutput>()
  /** Whether something may be sent on the connection. */
  readonly #mayGo: () => boolean

  constructor(mayGo: () => boolean) {
    this.#mayGo = mayGo
  }

  /** Whether nobody has to wait. */
  get isFree(): boolean {
    return this.#streams.size === 0 && this.#mayGo()
  }

  /** It waits for its turn. One whose own window is shut waits for that first, outside of here. */
  add(stream: ResponseOutput): void {
    if (stream.window > 0) this.#streams.add(stream)
  }

  remove(stream: ResponseOutput): void {
    this.#streams.delete(stream)
  }

  /** One piece each, in turn, as long as something may be sent. */
  run(): void {
    const streams = this.#streams
    while (streams.size > 0 && this.#mayGo()) {
      for (const stream of streams) {
        streams.delete(stream)
        if (stream.sendMore()) streams.add(stream)
        break
      }
    }
  }
}
