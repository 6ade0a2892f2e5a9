import type { BodyReceiver, GatewayError } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { MessageBody } from '../../../sandbox/host/message-view.ts'

/** Where chunks come from. */
export interface ChunkSource {
  /** Begins to give them; the receiver's promises are waited for. */
  pour(receiver: BodyReceiver): void
  /** The rest is not wanted. */
  discard(): void
}

/** Who waits for the next chunk. */
interface Reading {
  resolve(chunk: Uint8Array | undefined): void
  reject(error: Error): void
}

/** Reads chunk by chunk what comes by itself: one waits at most, and the source with it. */
export class ChunkReader implements MessageBody, BodyReceiver {
  readonly #source: ChunkSource
  #state: 'new' | 'pouring' | 'over' = 'new'
  #chunk: Uint8Array | undefined
  #taken: (() => void) | undefined
  #reading: Reading | undefined
  #failure: Error | undefined

  constructor(source: ChunkSource) {
    this.#source = source
  }

  /** Whether nobody has asked for any of it. */
  get isUnread(): boolean {
    return this.#state === 'new'
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#state === 'new') {
      this.#state = 'pouring'
      this.#source.pour(this)
    }
    const chunk = this.#chunk
    if (chunk) {
      this.#chunk = undefined
      this.#taken?.()
      return chunk
    }
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#state === 'over') return undefined
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject }
    })
  }

  cancel(): void {
    this.#state = 'over'
    this.#chunk = undefined
    this.#taken?.()
    this.#reading?.resolve(undefined)
    this.#source.discard()
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#state === 'over') return undefined
    const reading = this.#reading
    this.#reading = undefined
    if (reading) {
      reading.resolve(chunk)
      return undefined
    }
    this.#chunk = chunk
    return new Promise((resolve) => {
      this.#taken = resolve
    })
  }

  end(): void {
    this.#state = 'over'
    this.#reading?.resolve(undefined)
  }

  fail(error: GatewayError): void {
    this.#state = 'over'
    this.#failure = refusal('TypeError', error.message)
    this.#reading?.reject(this.#failure)
  }
}
