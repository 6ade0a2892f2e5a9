import type { GatewayError } from '../../base/errors.ts'
import type { Level } from '../../base/level.ts'
import type { Head } from '../../wire/head.ts'
import type { Fields, ReadonlyFields } from '../../wire/http1/fields.ts'
import type { Target } from '../../wire/uri.ts'
import { openFilters, withoutFilters } from '../filter/chain.ts'
import type { Sink } from '../filter/sink.ts'
import { finish } from '../phase/finish.ts'
import type { LocationPlan, ServerPlan } from '../phase/plan.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { Attempt } from '../upstream/attempt.ts'
import { absoluteUrl } from './absolute-url.ts'
import { type Carried, carryInto } from './carried.ts'
import type { Client } from './client.ts'
import type { ClientEnd } from './client-end.ts'
import type { ExchangeStart } from './exchange-start.ts'
import { redirect } from './internal-redirect.ts'
import { logExchange } from './log-exchange.ts'
import {
  openAgain,
  openBackground,
  openRest,
  openSubrequest,
  type RestOptions,
} from './open-subrequest.ts'
import { type RequestBody, wholeBody } from './request-body.ts'
import { type Body, respond } from './respond.ts'
import type { Subrequest, SubrequestOptions } from './subrequest.ts'

/** Where a restarted walk begins. */
export type Restart = 'serverRewrite' | 'findConfig' | 'rewrite'

/** Who carries an exchange: the client's connection, or the subrequest. */
export interface Carrier {
  /** Ends it without an answer. */
  drop(x: Exchange): void
  /** The connection is closed after this response. */
  endsWithClose(): void
  /**
   * Lets something go on behind the answer: the worker does not leave before the function that is
   * returned was called. Undefined: so much goes on that nothing more may.
   */
  hold(): (() => void) | undefined
  /** Sends an interim response with these fields (103); subrequests have none. */
  hint?(fields: Fields): void
  /** Sends the head that was written and takes the connection out of HTTP; subrequests have none. */
  upgrade?(): ClientEnd
}

/** One request and the response being made for it. Subrequests are exchanges too. */
export class Exchange {
  /** Whose request this is: the connection, or whom a plugin found to be behind it. */
  client: Client
  readonly carrier: Carrier
  /** GET for an error page, whatever was asked. */
  method: string
  /** As sent. */
  readonly askedMethod: string
  /** As sent (`$request_uri`). */
  readonly target: string
  readonly version: number
  readonly host: string
  /** Changed by internal redirects. */
  uri: string
  args: string | undefined
  /**
   * Whether URI or arguments were changed by `rewrite` or `set`, and are not what was sent. `here`:
   * by a rewrite that stays in its location, which the URI may have no longer to do with.
   */
  rewritten: 'no' | 'yes' | 'here' = 'no'
  headers: ReadonlyFields
  /** The client's, unless `replaceBody` has put another one in its place. */
  body: RequestBody
  /** Undefined for a client's own request. */
  readonly parent: Exchange | undefined
  server: ServerPlan
  /** The server's own plan until a location is found. */
  location: LocationPlan
  /** Of the last regular expression that matched: `$1`…`$9` and named groups. */
  captures: RegExpExecArray | undefined
  /** Values of variables that handlers set, by slot (see `Variables`). */
  values: (string | undefined)[] | undefined
  /** Set by error_page, internal redirects and subrequests: `internal` locations are open. */
  internal: boolean
  /** Internal redirects and location changes so far; 10 is the limit. */
  redirects = 0
  /** The response's head, once there is one. */
  head: Head | undefined
  /** Whether the head has passed the last filter: nothing else can be answered any more. */
  begun = false
  /** Where the response goes after the last filter: the client, or a subrequest's reader. */
  readonly end: Sink
  /** Whether the memory of chunks is its sender's again (see `Sink.borrows`). Known after `send`. */
  direct = false
  /** Bytes sent to the client, head included (known in the log phase), and of the body alone. */
  sent = 0
  bodySent = 0
  /** Bytes of the request's head and body so far (`$request_length`). */
  readonly headSize: number
  /** Milliseconds since the epoch, when the request head was there. */
  readonly startedAt: number
  /** Upstream attempts in order. */
  attempts: Attempt[] | undefined
  /** Called once when the client goes away before it was answered; set by who can stop then. */
  onAbort: ((error: GatewayError) => void) | undefined
  aborted = false
  /** Whether the whole response has left. */
  completed = false
  /** The status it is logged with when it got no answer (444, 499, 408); 0 before that. */
  unanswered = 0
  /** What is done once it is over and logged (see `atEnd`); `done` from then on. */
  endings: (() => void)[] | 'done' | undefined
  /** Subrequests under way. */
  children: Set<Exchange> | undefined

  // The walk's own state (phase/run.ts).
  /** Index of the step being walked. */
  at = 0
  /** Which steps `at` counts in. */
  walking: 'server' | 'location' = 'server'
  /** Where to go after a `rerun` verdict. */
  restart: Restart = 'findConfig'
  /** Under `satisfy any`: the status of the first refusal, 0 for none. */
  refused = 0
  /** The status an error page is served with, 0 for its own. */
  errorStatus = 0
  /** Of a refusal and the page shown for it, or of the answer that led elsewhere. */
  carried: Carried | undefined
  /** Whether an error page was tried: only `again` lets another one follow. */
  errorPaged: 'no' | 'yes' | 'again' = 'no'
  #entry: Sink | undefined

  constructor(start: ExchangeStart) {
    this.client = start.client
    this.carrier = start.carrier
    this.server = start.server
    this.location = start.server.own
    this.method = start.method
    this.askedMethod = start.method
    this.target = start.target
    this.version = start.version
    this.host = start.host
    this.uri = start.uri
    this.args = start.args
    this.headers = start.headers
    this.headSize = start.headSize
    this.body = start.body
    this.end = start.end
    this.startedAt = start.startedAt
    this.parent = start.parent
    this.internal = start.parent !== undefined
    this.captures = start.captures
    this.values = undefined
    this.head = undefined
    this.attempts = undefined
    this.onAbort = undefined
    this.endings = undefined
    this.children = undefined
    this.carried = undefined
    this.#entry = undefined
  }

  /** From here on the request has this body; what nobody has read of the client's is dropped. */
  replaceBody(bytes: Uint8Array): void {
    this.body.discard()
    this.body = wholeBody(bytes)
  }

  /**
   * Opens the filter chain with this head; the body is poured into the result, then ended. Where a
   * filter throws before the head is through, the exchange is as unanswered as before, and without
   * the filters of its location.
   */
  send(head: Head): Sink {
    if (this.head) throw new Error('a response was sent already')
    if (this.errorStatus > 0) {
      // A page that has no body is an empty one under a status that has bodies.
      if (head.status === 204 && this.errorStatus !== 204) head.length ??= 0
      head.status = this.errorStatus
      head.reason = undefined
    }
    if (this.carried) carryInto(head, this.carried)
    this.head = head
    const entry = this.#open()
    this.direct = entry.borrows === true
    this.#entry = entry
    return entry
  }

  #open(): Sink {
    try {
      return openFilters(this, 0)
    } catch (error) {
      if (!this.begun) {
        this.head = undefined
        this.location = withoutFilters(this.location)
      }
      throw error
    }
  }

  /** Answers with a whole body; text is sent as UTF-8. Returns the verdict `done`. */
  respond(answer: number | Head, body: Body = ''): Awaitable<'done'> {
    return respond(this, answer, body)
  }

  /**
   * Answers with a status and its `error_page` or built-in page. `head` may carry fields that
   * belong to it (Location, WWW-Authenticate). Returns the verdict `done`.
   */
  finish(status: number, head?: Head): 'done' {
    finish(this, status, head)
    return 'done'
  }

  /**
   * Goes on inside the server with another URI (`/path?args`), or with a named location (`@name`).
   * A text is taken as it is; one that came from a peer or a page goes through `foreignTarget`. A
   * handler returns what this returns.
   */
  redirect(to: string | Target): 'rerun' | number {
    return redirect(this, to)
  }

  /**
   * Starts a request inside the server whose answer goes where its reader wants it. Several run
   * in parallel; the order in which they are poured is the reader's. A text is taken as it is, as
   * by `redirect`.
   */
  subrequest(to: string | Target, options: SubrequestOptions = {}): Subrequest {
    return openSubrequest(this, to, options)
  }

  /**
   * Asks the content handlers behind the one that calls this, with the request as it is or changed.
   * Their answer passes no filter: it is the caller's, to look at and to send on.
   */
  rest(options: RestOptions = {}): Subrequest {
    return openRest(this, options)
  }

  /**
   * For a filter: asks the handler that gave the answer it sees once more, with the same request,
   * variables and captures, but without its body. What comes passes no filter, and is the caller's.
   */
  again(): Subrequest {
    return openAgain(this)
  }

  /**
   * Starts a request inside the server whose answer nobody wants. Neither its time nor its end
   * matter to this exchange, nor does it end with it. The promise settles when it is over; undefined
   * where it was not made: so much may go on behind answers that nothing more can.
   */
  background(uri: string, options: SubrequestOptions = {}): Promise<void> | undefined {
    return openBackground(this, uri, options)
  }

  /** A path as a Location field should name it, with scheme and host unless `absolute_redirect` is off. */
  absolute(path: string): string {
    return absoluteUrl(this, path)
  }

  /**
   * Does something when this exchange, a client's own request, is over: answered or not, and
   * logged, wherever it was redirected meanwhile. At once where it is over already.
   */
  atEnd(ending: () => void): void {
    this.endings ??= []
    if (this.endings === 'done') ending()
    else this.endings.push(ending)
  }

  /** Writes a line to the error log, with the fields of this request. */
  log(level: Level, text: string): void {
    logExchange(this, level, text)
  }

  /** Writes an error to the error log, unless it stands there already. */
  report(error: GatewayError): void {
    if (error.logged) return
    error.logged = true
    this.log(error.level, error.message)
  }

  /** The response that has begun cannot be completed. */
  cut(error: GatewayError): void {
    const entry = this.#entry ?? this.end
    this.#entry = undefined
    entry.fail(error)
  }

  /** The client is gone. Tells whoever works for it; returns whether anyone was told. */
  abort(error: GatewayError): boolean {
    if (this.aborted) return false
    const { onAbort, children } = this
    let told = onAbort !== undefined
    if (children) for (const child of children) told = child.abort(error) || told
    if (!told) return false
    this.aborted = true
    this.onAbort = undefined
    onAbort?.(error)
    return true
  }
}
