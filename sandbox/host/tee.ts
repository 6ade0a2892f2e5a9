import type { Awaitable } from '../border/crossing.ts'
import { refusal } from '../border/refusal.ts'
import type { MessageBody } from './message-view.ts'

type Chunk = Uint8Array | undefined

/** Two bodies of one. What one has read and the other has not is kept, at most `limit` bytes. */
export function tee(body: MessageBody, limit: number): [MessageBody, MessageBody] {
  const shared = new SharedBody(body, limit)
  return [shared.branch(), shared.branch()]
}

class SharedBody {
  readonly #body: MessageBody
  readonly #limit: number
  readonly #branches: Branch[] = []
  #reading: Promise<void> | undefined

  constructor(body: MessageBody, limit: number) {
    this.#body = body
    this.#limit = limit
  }

  branch(): MessageBody {
    const branch = new Branch(
      () => this.#fill(),
      () => this.#leave(),
    )
    this.#branches.push(branch)
    return branch
  }

  /** Reads one chunk for all branches; those that ask meanwhile wait for the same. */
  #fill(): Awaitable<void> {
    if (this.#reading) return this.#reading
    const chunk = this.#body.read()
    if (!(chunk instanceof Promise)) return this.#share(chunk)
    this.#reading = chunk
      .then((value) => this.#share(value))
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  #share(chunk: Chunk): void {
    for (const branch of this.#branches) branch.push(chunk, this.#limit)
  }

  #leave(): void {
    if (this.#branches.every((branch) => branch.isCancelled)) this.#body.cancel()
  }
}

class Branch implements MessageBody {
  isCancelled = false
  readonly #chunks: Chunk[] = []
  readonly #fill: () => Awaitable<void>
  readonly #leave: () => void
  #bytes = 0

  constructor(fill: () => Awaitable<void>, leave: () => void) {
    this.#fill = fill
    this.#leave = leave
  }

  push(chunk: Chunk, limit: number): void {
    if (this.isCancelled) return
    this.#chunks.push(chunk)
    this.#bytes += chunk?.length ?? 0
    if (this.#bytes > limit) {
      throw refusal('RangeError', `a copy of a body is more than ${limit} bytes behind`)
    }
  }

  read(): Awaitable<Chunk> {
    if (this.#chunks.length > 0) return this.#shift()
    const filled = this.#fill()
    return filled instanceof Promise ? filled.then(() => this.#shift()) : this.#shift()
  }

  cancel(): void {
    this.isCancelled = true
    this.#chunks.length = 0
    this.#leave()
  }

  #shift(): Chunk {
    const chunk = this.#chunks.shift()
    this.#bytes -= chunk?.length ?? 0
    // The end stays at the end.
    if (chunk === undefined && !this.isCancelled && this.#chunks.length === 0) {
      this.#chunks.push(undefined)
    }
    return chunk
  }
}
