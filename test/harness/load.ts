import { Latencies } from './latencies.ts'
import { RawClient, request, type Target } from './raw-client.ts'
import type { Response } from './response.ts'
import { until } from './wait.ts'

/** What to send, from how many connections, for how long. */
export interface LoadOptions {
  readonly target: Target
  readonly connections: number
  /** Requests in all; or else `seconds`. */
  readonly requests?: number
  readonly seconds?: number
  /** Whether connections are used again; by default they are. */
  readonly keepAlive?: boolean
  /** The request line without version; by default `GET /`. */
  readonly startLine?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The longest pause between two requests of a connection, in ms; its length is random. */
  readonly think?: number
  /** Milliseconds a connection waits for the next byte; by default as any client does. */
  readonly patience?: number
  /** Says what is wrong with an answer; by default any status but 200 is. */
  readonly check?: (response: Response) => string | undefined
}

/** What happened to the requests of a load; every one of them is in `ok` or in `failures`. */
export interface LoadResult {
  readonly ok: number
  /** How often each class of failure happened; empty when all is well. */
  readonly failures: Readonly<Record<string, number>>
  readonly connections: number
  /** Connections the server ended between two requests: announced by `Connection: close`, or not. */
  readonly closedAnnounced: number
  readonly closedIdle: number
  readonly p50: number
  readonly p99: number
}

/** A load that is running. */
export interface Load {
  /** Requests answered well so far. */
  readonly ok: number
  /** Resolves when at least so many requests were answered well. */
  reached(count: number): Promise<void>
  /** Lets every request under way finish, then stops. */
  stop(): Promise<LoadResult>
  /** Resolves when the load has ended by its own terms. */
  readonly result: Promise<LoadResult>
}

/** Runs a load to its end. */
export function load(options: LoadOptions): Promise<LoadResult> {
  return startLoad(options).result
}

/** Starts a load that the test can watch and stop. */
export function startLoad(options: LoadOptions): Load {
  const running = new RunningLoad(options)
  return {
    get ok() {
      return running.ok
    },
    reached: async (count) => {
      await until(`${count} answers`, () => running.ok >= count, 30_000)
    },
    stop: () => {
      running.stopped = true
      return running.result
    },
    result: running.result,
  }
}

class RunningLoad {
  ok = 0
  stopped = false
  readonly result: Promise<LoadResult>
  readonly #options: LoadOptions
  readonly #bytes: string
  readonly #method: string
  readonly #failures: Record<string, number> = {}
  readonly #latencies = new Latencies()
  readonly #deadline: number
  #started = 0
  #connections = 0
  #closedAnnounced = 0
  #closedIdle = 0

  constructor(options: LoadOptions) {
    this.#options = options
    const { startLine = 'GET /', keepAlive = true, headers = {}, body = '' } = options
    const more = keepAlive ? headers : { Connection: 'close', ...headers }
    this.#bytes = request(startLine, more, body)
    this.#method = startLine.slice(0, startLine.indexOf(' '))
    this.#deadline = Date.now() + 1000 * (options.seconds ?? 3600)
    const loops = Array.from({ length: options.connections }, () => this.#loop())
    this.result = Promise.all(loops).then(() => this.#report())
  }

  get #over(): boolean {
    if (this.stopped || Date.now() >= this.#deadline) return true
    return this.#options.requests !== undefined && this.#started >= this.#options.requests
  }

  async #loop(): Promise<void> {
    while (!this.#over) {
      let client: RawClient
      try {
        const { target, patience } = this.#options
        client = await RawClient.open(target, patience === undefined ? {} : { patience })
      } catch (error) {
        this.#started++
        this.#fail(`connect: ${codeOf(error)}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        continue
      }
      this.#connections++
      await this.#converse(client)
      client.destroy()
    }
  }

  /** Requests on one connection until it or the load is over. */
  async #converse(client: RawClient): Promise<void> {
    for (let number = 1; !this.#over; number++) {
      if (client.incoming.size > 0) {
        this.#fail('bytes nobody asked for')
        return
      }
      if (client.incoming.over) {
        this.#closedIdle++
        return
      }
      this.#started++
      const from = performance.now()
      try {
        await client.send(this.#bytes)
        const response = await client.response({ method: this.#method })
        this.#judge(response, performance.now() - from)
        if (response.headers.all('connection').includes('close')) {
          this.#closedAnnounced++
          return
        }
      } catch (error) {
        this.#fail(`${number === 1 ? 'first' : 'later'} request: ${codeOf(error)}`)
        return
      }
      if (this.#options.keepAlive === false) return
      await this.#pause()
    }
  }

  #judge(response: Response, milliseconds: number): void {
    const { check = (each: Response) => (each.status === 200 ? undefined : `${each.status}`) } =
      this.#options
    const wrong = check(response)
    if (wrong === undefined) {
      this.ok++
      this.#latencies.add(milliseconds)
    } else {
      this.#fail(wrong)
    }
  }

  async #pause(): Promise<void> {
    const { think = 0 } = this.#options
    if (think > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * think))
  }

  #fail(kind: string): void {
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1
  }

  #report(): LoadResult {
    return {
      ok: this.ok,
      failures: this.#failures,
      connections: this.#connections,
      closedAnnounced: this.#closedAnnounced,
      closedIdle: this.#closedIdle,
      p50: this.#latencies.quantile(0.5),
      p99: this.#latencies.quantile(0.99),
    }
  }
}

/** A class of failure: an errno, or the message without what differs from time to time. */
function codeOf(error: unknown): string {
  const { message } = error as Error
  return (
    /\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? message.replace(/; it held.*| after \d+ bytes.*/s, '')
  )
}
