import { fetchAborted, fetchBodyExceeded, fetchFailed } from '../../../../sandbox/host/errors.ts'
import type { FetchedBody } from '../../../../sandbox/host/fetch/fetcher.ts'
import type { MessageBody } from '../../../../sandbox/host/message-view.ts'

/** The body of an answer from inside of the gateway; what went wrong with it is not the script's to know. */
export class InnerBody implements FetchedBody {
  readonly #body: MessageBody
  readonly #limit: number
  #got = 0
  #state: 'open' | 'ended' | 'cancelled' = 'open'

  /** `limit` is the most bytes of the whole body. */
  constructor(body: MessageBody, limit: number) {
    this.#body = body
    this.#limit = limit
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  async read(): Promise<Uint8Array | undefined> {
    const chunk = this.#state === 'cancelled' ? undefined : await this.#next()
    // It may have been cancelled meanwhile, and that is no end.
    if (this.#state === 'cancelled') throw fetchAborted()
    if (chunk === undefined) this.#state = 'ended'
    this.#got += chunk?.length ?? 0
    if (this.#got <= this.#limit) return chunk
    this.cancel()
    throw fetchBodyExceeded('response', this.#limit)
  }

  cancel(): void {
    if (this.#state !== 'open') return
    this.#state = 'cancelled'
    this.#body.cancel()
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      return await this.#body.read()
    } catch (error) {
      throw fetchFailed(error)
    }
  }
}
