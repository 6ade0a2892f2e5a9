import { REQUEST } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { AbortController, type AbortSignal, followingSignal } from './abort-signal.ts'
import { Body, type BodySource, setSource, takeBody, teeBody } from './body.ts'
import { type BodyInit, extractBody } from './body-init.ts'
import { bodyNotAllowed, invalidMethod, invalidUrl, notA } from './errors.ts'
import { Gateway } from './gateway.ts'
import {
  copyHeaders,
  defaultField,
  freezeHeaders,
  Headers,
  type HeadersInit,
  headersOf,
  linesOf,
} from './headers.ts'
import { host } from './host.ts'
import { exec, PlainString, toUpperCase } from './primordials.ts'
import { onSettled } from './tickets.ts'
import { resolveUrl } from './url.ts'

/** What `new Request()` takes beside a URL. */
export interface RequestInit {
  readonly method?: string
  readonly headers?: HeadersInit
  readonly body?: BodyInit | null
  readonly redirect?: Redirect
  readonly signal?: AbortSignal | null
  readonly duplex?: 'half'
}

/** What the border needs to know of a request. */
export interface RequestParts {
  readonly method: string
  readonly url: string
  readonly redirect: string
  /** As they cross; undefined where they are the client's, unread. */
  readonly lines: string | undefined
  readonly source: BodySource
  readonly signal: AbortSignal | undefined
}

/** The client's request; nothing of it is read yet. */
export let clientRequest: () => Request
/** What of a request crosses. */
export let requestParts: (request: Request) => RequestParts
/** Whether a script's object is a Request. */
export let isRequest: (value: unknown) => value is Request

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i
const REFUSED = /^(?:connect|trace|track)$/i
const CLIENT: object = {}
const gateway = new Gateway()

type Redirect = 'follow' | 'error' | 'manual'

/** A request, the client's or one a script makes (Fetch, "Request"). */
export class Request extends Body {
  #method: string | undefined
  #url: string | undefined
  #headers: Headers | undefined
  /** None of the client's own. */
  #redirect: Redirect | undefined
  #signal: AbortSignal | undefined

  constructor(input: Request | string | object, init: RequestInit | Request = {}) {
    super(undefined)
    if (input === CLIENT) return
    const from = isRequest(input) ? input : undefined
    this.#url = from ? from.url : parsedUrl(PlainString(input))
    this.#method = init.method === undefined ? (from?.method ?? 'GET') : validMethod(init.method)
    this.#redirect = validRedirect(init.redirect ?? from?.redirect ?? 'follow')
    const signal = init.signal === undefined && from ? from.#signal : init.signal
    if (signal) this.#signal = followingSignal(signal)
    if (init.headers !== undefined) this.#headers = new Headers(init.headers)
    else this.#headers = from ? copyHeaders(from.headers) : new Headers()
    this.#takeBody(init, from)
  }

  get method(): string {
    this.#method ??= host(RequestOp.method) as string
    return this.#method
  }

  get url(): string {
    this.#url ??= host(RequestOp.url) as string
    return this.#url
  }

  get headers(): Headers {
    this.#headers ??= freezeHeaders(headersOf(REQUEST))
    return this.#headers
  }

  get redirect(): Redirect {
    return this.#redirect ?? 'follow'
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#redirect === undefined ? clientSignal() : followingSignal()
    return this.#signal
  }

  /** What the gateway knows of the client's request; of a request the script made, too. */
  get gateway(): Gateway {
    return gateway
  }

  get cache(): string {
    return 'default'
  }

  get credentials(): string {
    return 'same-origin'
  }

  get destination(): string {
    return ''
  }

  get duplex(): string {
    return 'half'
  }

  get integrity(): string {
    return ''
  }

  get keepalive(): boolean {
    return false
  }

  get mode(): string {
    return 'cors'
  }

  get referrer(): string {
    return 'about:client'
  }

  get referrerPolicy(): string {
    return ''
  }

  clone(): Request {
    const source = teeBody(this)
    const copy = new Request(this.url, { method: this.method, redirect: this.redirect })
    copy.#headers = copyHeaders(this.headers)
    if (this.#signal) copy.#signal = followingSignal(this.#signal)
    setSource(copy, source)
    return copy
  }

  protected contentType(): string {
    return this.headers.get('content-type') ?? ''
  }

  #takeBody(init: RequestInit | Request, from: Request | undefined): void {
    const isBodyless = this.#method === 'GET' || this.#method === 'HEAD'
    // A request in the place of the options gives its body as it is, without a stream in between.
    const body = isRequest(init) ? undefined : init.body
    const giver = isRequest(init) ? init : body === undefined ? from : undefined
    if (giver) {
      if (!isBodyless) setSource(this, takeBody(giver))
      return
    }
    if (body === undefined || body === null) return
    if (isBodyless) throw bodyNotAllowed(`a ${this.#method} request`)
    const { source, type } = extractBody(body)
    setSource(this, source)
    if (type !== '') defaultField(this.headers, 'content-type', type)
  }

  static {
    clientRequest = () => {
      const request = prepared ?? ofClient()
      prepared = undefined
      return request
    }
    isRequest = (value): value is Request =>
      typeof value === 'object' && value !== null && #redirect in value
    requestParts = (request) => ({
      method: request.#method ?? (host(RequestOp.method) as string),
      url: request.#url ?? (host(RequestOp.url) as string),
      redirect: request.#redirect ?? 'follow',
      lines: request.#headers === undefined ? undefined : linesOf(request.#headers),
      source: takeBody(request),
      signal: request.#signal,
    })
  }
}

/** Made before any script runs: only a run whose guest is reused needs another. */
let prepared: Request | undefined = ofClient()

function ofClient(): Request {
  const request = new Request(CLIENT)
  setSource(request, REQUEST)
  return request
}

/** Aborts once the client has gone. */
function clientSignal(): AbortSignal {
  const controller = new AbortController()
  const gone = { resolve: () => controller.abort(), reject: () => undefined }
  onSettled(host(RequestOp.clientGone) as number, gone)
  return controller.signal
}

function parsedUrl(text: string): string {
  const url = resolveUrl(text)
  if (url === undefined) throw invalidUrl(text)
  return url
}

function validMethod(method: unknown): string {
  const text = PlainString(method)
  if (exec(TOKEN, text) === null || exec(REFUSED, text) !== null) throw invalidMethod(text)
  return exec(NORMALIZED, text) === null ? text : toUpperCase(text)
}

function validRedirect(redirect: unknown): Redirect {
  if (redirect === 'follow' || redirect === 'error' || redirect === 'manual') return redirect
  throw notA('redirect mode')
}
