import { RawClient, request, type Target } from '../harness/raw-client.ts'

/** What pipelining clients have seen. */
export interface Pipelined {
  answered: number
  /** Answers that were not what was asked, in order; connections that ended without a word. */
  readonly faults: string[]
}

/**
 * Clients that send a batch of requests at once. As RFC 9112 section 9.3.2 has it, what follows an
 * answer with `Connection: close` was not processed, and is sent again on the next connection.
 */
export class Pipeliners {
  readonly seen: Pipelined = { answered: 0, faults: [] }
  readonly #target: Target
  readonly #batch: number
  readonly #done: Promise<unknown>
  #stopped = false
  #id = 0

  constructor(target: Target, count: number, batch: number) {
    this.#target = target
    this.#batch = batch
    this.#done = Promise.all(Array.from({ length: count }, () => this.#run()))
  }

  async stop(): Promise<Pipelined> {
    this.#stopped = true
    await this.#done
    return this.seen
  }

  async #run(): Promise<void> {
    let waiting: number[] = []
    while (!this.#stopped || waiting.length > 0) {
      try {
        const client = await RawClient.open(this.#target)
        waiting = await this.#converse(client, waiting)
        client.destroy()
      } catch (error) {
        this.seen.faults.push(String(error))
        waiting = []
      }
    }
  }

  /** Batches on one connection; resolves with the requests that are to be sent again. */
  async #converse(client: RawClient, again: number[]): Promise<number[]> {
    for (let waiting = again; !client.incoming.over; waiting = []) {
      while (waiting.length < this.#batch) waiting.push(++this.#id)
      await client.send(waiting.map((id) => request(`GET /echo?id=${id}`)).join(''))
      for (const [at, id] of waiting.entries()) {
        const response = await client.response()
        if (response.text === `echo ${id}`) this.seen.answered++
        else this.seen.faults.push(`${id} was answered ${response.status} ${response.text}`)
        if (response.headers.all('connection').includes('close')) return waiting.slice(at + 1)
      }
      if (this.#stopped) break
    }
    return []
  }
}
