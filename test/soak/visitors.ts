import { RawClient, request, type Target } from '../harness/raw-client.ts'

/** How long a visitor waits, in milliseconds: longer than a worker that was stopped while it started. */
const STUCK = 120_000

/** A request that got no answer, and which worker had the connection. */
export interface Loss {
  /** The worker that answered on this connection before; undefined where none had. */
  readonly worker: number | undefined
  readonly why: string
}

/** What visitors have seen. */
export interface Visits {
  answered: number
  readonly losses: Loss[]
}

/**
 * Clients that come and go: each asks a few times for something that names its worker (`X-Worker`,
 * or in its body), on one connection after another, and takes down what was lost with whom. An
 * answer other than 200 is a loss.
 */
export class Visitors {
  readonly visits: Visits = { answered: 0, losses: [] }
  readonly #target: Target
  readonly #asks: string
  readonly #done: Promise<unknown>
  #stopped = false

  constructor(target: Target, count: number, asks = request('GET /')) {
    this.#target = target
    this.#asks = asks
    this.#done = Promise.all(Array.from({ length: count }, () => this.#comeAndGo()))
  }

  /** Lets everyone finish what they ask. */
  async leave(): Promise<Visits> {
    this.#stopped = true
    await this.#done
    return this.visits
  }

  async #comeAndGo(): Promise<void> {
    while (!this.#stopped) {
      let client: RawClient
      try {
        client = await RawClient.open(this.#target, { patience: STUCK })
      } catch (error) {
        this.visits.losses.push({ worker: undefined, why: `connect: ${error}` })
        continue
      }
      await this.#ask(client)
      client.destroy()
    }
  }

  async #ask(client: RawClient): Promise<void> {
    let worker: number | undefined
    for (let i = 0; i < 20 && !this.#stopped && !client.incoming.over; i++) {
      try {
        const response = await client.exchange(this.#asks)
        worker = Number(response.headers.get('x-worker') ?? response.text)
        if (response.status === 200) this.visits.answered++
        else this.visits.losses.push({ worker, why: `status ${response.status}` })
        if (response.headers.all('connection').includes('close')) return
      } catch (error) {
        this.visits.losses.push({ worker, why: String(error) })
        return
      }
    }
  }
}
