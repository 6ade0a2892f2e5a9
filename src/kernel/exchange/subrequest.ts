import { clock } from '../clock.ts'
import { type GatewayError, subrequestsTooDeep } from '../errors.ts'
import type { Head } from '../filter/head.ts'
import type { Sink } from '../filter/sink.ts'
import { runLog, start } from '../phase/run.ts'
import type { Awaitable } from '../phase/verdict.ts'
import { type Carrier, Exchange } from './exchange.ts'
import { NO_BODY } from './request-body.ts'

/** How deep subrequests may make subrequests (nginx's limit). */
const DEPTH_LIMIT = 50

export interface SubrequestOptions {
  /** GET unless given; HEAD asks for the head alone. */
  readonly method?: string
}

/**
 * A request made inside the server on behalf of another one. It runs from the moment it is made;
 * its body waits until somebody pours it, so that several run in parallel and are poured in order.
 */
export class Subrequest implements Sink, Carrier {
  /** The exchange, for its head and variables. */
  readonly x: Exchange
  /** Settles when the head is there, or the subrequest has ended without one. */
  readonly answered: Promise<Head | undefined>
  #answer!: (head: Head | undefined) => void
  #into: Sink | undefined
  #turn: Promise<void>
  #takeTurn!: () => void
  #ended: Promise<GatewayError | undefined>
  #end!: (error: GatewayError | undefined) => void
  #over = false
  #bodyless = false

  constructor(parent: Exchange, uri: string, options: SubrequestOptions) {
    const question = uri.indexOf('?')
    this.answered = new Promise((resolve) => {
      this.#answer = resolve
    })
    this.#turn = new Promise((resolve) => {
      this.#takeTurn = resolve
    })
    this.#ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.x = new Exchange({
      client: parent.client,
      carrier: this,
      server: parent.server,
      headers: parent.headers,
      headSize: parent.headSize,
      body: NO_BODY,
      end: this,
      startedAt: clock.now,
      parent,
      captures: undefined,
      method: options.method ?? 'GET',
      target: parent.target,
      version: parent.version,
      host: parent.host,
      uri: question < 0 ? uri : uri.slice(0, question),
      args: question < 0 ? undefined : uri.slice(question + 1),
    })
    parent.children ??= new Set()
    parent.children.add(this.x)
  }

  /** Pours the body into `into` (its `data` alone), or drops it; settles when all of it is through. */
  async pour(into?: Pick<Sink, 'data'>): Promise<GatewayError | undefined> {
    this.#into = into as Sink | undefined
    this.#takeTurn()
    return this.#ended
  }

  head(head: Head): void {
    this.#bodyless = this.x.method === 'HEAD' || head.status === 204 || head.status === 304
    this.#answer(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (this.#bodyless) return undefined
    if (this.#into) return this.#into.data(chunk)
    return this.#turn.then(() => this.#into?.data(chunk))
  }

  end(): void {
    this.#finish(undefined)
  }

  fail(error: GatewayError): void {
    this.#finish(error)
  }

  drop(): void {
    this.#finish(undefined)
  }

  endsWithClose(): void {
    // The connection is the main request's; what a subrequest fails of does not end it.
  }

  #finish(error: GatewayError | undefined): void {
    if (this.#over) return
    this.#over = true
    this.x.parent?.children?.delete(this.x)
    if (this.x.location.settings.log_subrequest) runLog(this.x)
    this.#answer(undefined)
    this.#end(error)
  }
}

/** Makes a subrequest and starts it. */
export function openSubrequest(
  parent: Exchange,
  uri: string,
  options: SubrequestOptions,
): Subrequest {
  if (depthOf(parent) >= DEPTH_LIMIT) throw subrequestsTooDeep(uri, DEPTH_LIMIT)
  const subrequest = new Subrequest(parent, uri, options)
  start(subrequest.x)
  return subrequest
}

function depthOf(x: Exchange): number {
  let depth = 0
  for (let each: Exchange | undefined = x.parent; each; each = each.parent) depth++
  return depth
}
