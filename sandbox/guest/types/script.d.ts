/**
 * `gateway/script`: what a script is written against. The names of the web platform are those of
 * `globals` beside this file, which come with it where it is published.
 */

/** A value now, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** What the gateway knows of the client's request; undefined where there is nothing to tell. */
export interface GatewayInfo {
  readonly clientAddress: string | undefined
  readonly clientPort: string | undefined
  /** `HTTP/1.1`, `HTTP/2.0`… */
  readonly protocol: string | undefined
  readonly scheme: string | undefined
  readonly tlsVersion: string | undefined
  readonly tlsCipher: string | undefined
  readonly serverName: string | undefined
  /** The location the script is attached to. */
  readonly location: string | undefined
  readonly tenant: string | undefined
  readonly requestId: string | undefined
}

/** The client's request, with what the gateway knows of it. */
export interface GatewayRequest extends Request {
  readonly gateway: GatewayInfo
}

/** What a hook can do beside answering. */
export interface ExecutionContext {
  /** Lets the run outlive its answer until `promise` settles. */
  waitUntil(promise: Promise<unknown>): void
  /** An error of this hook is not the answer: the location's handler answers instead. */
  passThroughOnException(): void
  /** In `fetch`: what the location's handler answers, to this request or to another one. */
  next(request?: Request | string): Promise<Response>
  /**
   * The upstream the request goes to, where the location forwards it: one that the configuration
   * lets this script choose. In `request`, `access` and `fetch`; throws for any other name, and in
   * other hooks.
   */
  set upstream(name: string)
}

/** A bound upstream or script: `bindings: { API: upstream:api }`. */
export interface Fetcher {
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
}

/** A key of a namespace, as a list tells it. */
export interface KvKey<Metadata = unknown> {
  readonly name: string
  /** In seconds since 1970. */
  readonly expiration?: number
  readonly metadata?: Metadata
}

/** A page of keys. */
export interface KvList<Metadata = unknown> {
  readonly keys: readonly KvKey<Metadata>[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** A value with what was said of it when it was stored. */
export interface KvFound<Value, Metadata = unknown> {
  readonly value: Value | null
  readonly metadata: Metadata | null
}

/** What is said of a value when it is stored; times are in seconds. */
export interface KvPutOptions {
  readonly expiration?: number
  readonly expirationTtl?: number
  /** Anything that has JSON. */
  readonly metadata?: unknown
}

/** A bound namespace of the store: `bindings: { CACHE: kv:sessions }`. */
export interface KvNamespace {
  get(key: string, type?: 'text' | { readonly type?: 'text' }): Promise<string | null>
  get<Value = unknown>(key: string, type: 'json' | { readonly type: 'json' }): Promise<Value | null>
  get(
    key: string,
    type: 'arrayBuffer' | { readonly type: 'arrayBuffer' },
  ): Promise<ArrayBuffer | null>
  get(
    key: string,
    type: 'stream' | { readonly type: 'stream' },
  ): Promise<ReadableStream<Uint8Array> | null>
  getWithMetadata<Metadata = unknown>(
    key: string,
    type?: 'text',
  ): Promise<KvFound<string, Metadata>>
  getWithMetadata<Value = unknown, Metadata = unknown>(
    key: string,
    type: 'json',
  ): Promise<KvFound<Value, Metadata>>
  put(
    key: string,
    value: string | ArrayBuffer | ArrayBufferView | ReadableStream,
    options?: KvPutOptions,
  ): Promise<void>
  delete(key: string): Promise<void>
  list<Metadata = unknown>(options?: {
    readonly prefix?: string
    readonly limit?: number
    readonly cursor?: string
  }): Promise<KvList<Metadata>>
}

/** How content is inserted into a document: as text, unless it says `html`. */
export interface HtmlContentOptions {
  readonly html?: boolean
}

/** A piece of a document that things can be put around, and that can go; while its handlers run. */
export interface HtmlPiece {
  readonly removed: boolean
  before(content: string, options?: HtmlContentOptions): this
  after(content: string, options?: HtmlContentOptions): this
  replace(content: string, options?: HtmlContentOptions): this
  remove(): this
}

/** An element, at its start tag. */
export interface HtmlElement extends HtmlPiece {
  /** In lower case. */
  tagName: string
  readonly namespaceURI: string
  readonly selfClosing: boolean
  readonly canHaveContent: boolean
  readonly attributes: IterableIterator<[name: string, value: string]>
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
  setAttribute(name: string, value: string): this
  removeAttribute(name: string): this
  prepend(content: string, options?: HtmlContentOptions): this
  append(content: string, options?: HtmlContentOptions): this
  setInnerContent(content: string, options?: HtmlContentOptions): this
  removeAndKeepContent(): this
  onEndTag(handler: (tag: HtmlEndTag) => unknown): void
}

/** The end tag of an element. */
export interface HtmlEndTag extends HtmlPiece {
  name: string
}

/** As much of a text as was there; an empty one may be the last. */
export interface HtmlText extends HtmlPiece {
  readonly text: string
  readonly lastInTextNode: boolean
}

/** A comment. */
export interface HtmlComment extends HtmlPiece {
  text: string
}

/** The declaration of a document's type. */
export interface HtmlDoctype {
  readonly name: string | null
  readonly publicId: string | null
  readonly systemId: string | null
}

/** The end of a document. */
export interface HtmlEnd {
  append(content: string, options?: HtmlContentOptions): this
}

declare global {
  /** Rewrites HTML as it streams by. */
  class HTMLRewriter {
    on(
      selector: string,
      handlers: {
        element?(element: HtmlElement): unknown
        comments?(comment: HtmlComment): unknown
        text?(text: HtmlText): unknown
      },
    ): this
    onDocument(handlers: {
      doctype?(doctype: HtmlDoctype): unknown
      comments?(comment: HtmlComment): unknown
      text?(text: HtmlText): unknown
      end?(end: HtmlEnd): unknown
    }): this
    transform(response: Response): Response
  }
}

/** A peer a `balance` hook can choose. */
export interface Peer {
  /** As its `server` line has it; the addresses of one name share it. */
  readonly name: string
  /** Which one it is: `10.0.0.1:8080`, `unix:/run/app.sock`. */
  readonly address: string
  readonly weight: number
  /** Requests under way from this worker. */
  readonly active: number
  readonly backup: boolean
  /** Whether it may be asked: not tried for this request, not down, not failed, not full. */
  readonly up: boolean
}

/** One try of one peer. Times are in milliseconds; undefined where it did not come so far. */
export interface LogAttempt {
  readonly peer: string
  /** Of its answer; 502 or 504 where there was none. */
  readonly status: number
  readonly connectTime?: number
  readonly headerTime?: number
  readonly responseTime?: number
  readonly bodyBytes: number
}

/** A request that is over, for `log`. Times are in milliseconds. */
export interface LogEntry {
  readonly requestId?: string
  /** The request line as received. */
  readonly request: string
  readonly method: string
  /** As it was asked for: path and query. */
  readonly url: string
  readonly host: string
  /** Decoded, and as it was rewritten. */
  readonly path: string
  readonly server: string
  readonly location: string
  readonly clientAddress: string
  readonly userAgent?: string
  readonly referer?: string
  readonly status: number
  /** Whether the whole answer was sent. */
  readonly completed: boolean
  /** Since 1970. */
  readonly startedAt: number
  readonly time: number
  readonly requestBytes: number
  readonly sentBytes: number
  readonly bodyBytes: number
  /** One for each peer that was asked. */
  readonly upstream: readonly LogAttempt[]
  /** What the scripts of the request have used. */
  readonly script: {
    readonly fuel: number
    /** The time this fuel stands for. */
    readonly cpu: number
    readonly memory: number
    /** The code of what went wrong. */
    readonly error?: string
  }
}

/** A time that has come. */
export interface ScheduledEvent {
  /** The pattern it is one of. */
  readonly cron: string
  /** In milliseconds since 1970. */
  readonly scheduledTime: number
}

/**
 * A script: the default export of its module.
 *
 * ```ts
 * export default { fetch: () => new Response('hello') } satisfies GatewayScript<Env>
 * ```
 */
export interface GatewayScript<Env = Readonly<Record<string, unknown>>> {
  /** Answers the request. */
  fetch?(request: GatewayRequest, env: Env, ctx: ExecutionContext): Awaitable<Response>
  /** Refuses the request with a Response, or lets it pass. */
  access?(
    request: GatewayRequest,
    env: Env,
    ctx: ExecutionContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook may end without `return`.
  ): Awaitable<Response | undefined | void>
  /** Gives another request in the place of the client's, or an answer. */
  request?(
    request: GatewayRequest,
    env: Env,
    ctx: ExecutionContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook may end without `return`.
  ): Awaitable<Request | Response | undefined | void>
  /** Gives another response in the place of the handler's. */
  response?(
    response: Response,
    request: GatewayRequest,
    env: Env,
    ctx: ExecutionContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook may end without `return`.
  ): Awaitable<Response | undefined | void>
  /** The peer that is asked, or its address; nothing leaves it to the upstream's balancer. */
  balance?(
    peers: readonly Peer[],
    request: GatewayRequest,
    env: Env,
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook may end without `return`.
  ): Awaitable<Peer | string | undefined | void>
  /** Values of variables, by their names; at once. */
  variables?: Readonly<Record<string, (request: GatewayRequest, env: Env) => string | undefined>>
  /** Is told of each request that is over. */
  log?(entry: LogEntry, env: Env, ctx: ExecutionContext): Awaitable<void>
  /** Runs at the times of `cron`. */
  scheduled?(event: ScheduledEvent, env: Env, ctx: ExecutionContext): Awaitable<void>
}
