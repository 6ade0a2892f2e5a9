import { LINE } from '../border/lines.ts'
import { type Message, messageIn, statusIn } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { Body, type BodySource, setSource, takeBody, teeBody } from './body.ts'
import { type BodyInit, extractBody } from './body-init.ts'
import { bodyNotAllowed, invalidStatus, invalidStatusText, invalidUrl } from './errors.ts'
import {
  copyHeaders,
  defaultField,
  freezeHeaders,
  Headers,
  type HeadersInit,
  headersFrom,
  headersOf,
  linesOf,
  untouchedMessage,
} from './headers.ts'
import { host } from './host.ts'
import { exec, PlainString, split, writeJson } from './primordials.ts'
import { resolveUrl } from './url.ts'

/** What `new Response()` takes beside a body. */
export interface ResponseInit {
  readonly status?: number
  readonly statusText?: string
  readonly headers?: HeadersInit
}

/** What the border needs to know of a response. */
export interface ResponseParts {
  readonly status: number
  /** As they cross; a message where they are that message's, unread. */
  readonly fields: string | Message
  readonly source: BodySource
}

/** A response the host has, by its packed number. */
export let responseOf: (packed: number) => Response
/** The answer to a fetch: its head has crossed as lines, its body is that message's. */
export let fetchedResponse: (head: string, message: Message) => Response
/** What of a response crosses, whatever a script has done to its getters. */
export let partsOf: (response: Response) => ResponseParts
/** Whether a script's object is a Response. */
export let isResponse: (value: unknown) => value is Response

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/
const MINIMUM = 200
const MAXIMUM = 599
const FOUND = 302

/** What few responses have; most share one. */
interface More {
  readonly statusText: string | undefined
  readonly type: 'default' | 'error'
  readonly url: string
  readonly redirected: boolean
  /** The message at the host, for what is read lazily. */
  readonly message: Message | undefined
}

const PLAIN: More = {
  statusText: undefined,
  type: 'default',
  url: '',
  redirected: false,
  message: undefined,
}

/** An answer, the script's or one it was given (Fetch, "Response"). */
export class Response extends Body {
  #status = MINIMUM
  #headers: Headers | undefined
  /** The Content-Type of the body, while no headers are made. */
  #type: string
  #more: More = PLAIN

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    const { source, type } = extractBody(body)
    super(source)
    this.#type = type
    if (init !== undefined && init !== null) this.#take(init, source)
  }

  static error(): Response {
    const response = new Response()
    response.#status = 0
    response.#more = { ...PLAIN, type: 'error' }
    freezeHeaders(response.headers)
    return response
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const text = writeJson(data)
    if (text === undefined) throw new TypeError('this value has no JSON')
    const response = new Response()
    setSource(response, text)
    response.#type = 'application/json'
    if (init !== undefined && init !== null) response.#take(init, text)
    return response
  }

  static redirect(url: string, status: number = FOUND): Response {
    const location = resolveUrl(PlainString(url))
    if (location === undefined) throw invalidUrl(PlainString(url))
    if (![301, 302, 303, 307, 308].includes(status)) throw invalidStatus(status)
    const response = new Response(null, { status, headers: { location } })
    freezeHeaders(response.headers)
    return response
  }

  get status(): number {
    return this.#status
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299
  }

  get statusText(): string {
    const { statusText, message } = this.#more
    if (statusText !== undefined || message === undefined) return statusText ?? ''
    return host(RequestOp.statusText, message) as string
  }

  get headers(): Headers {
    this.#headers ??= this.#made()
    return this.#headers
  }

  get type(): 'default' | 'error' {
    return this.#more.type
  }

  get url(): string {
    return this.#more.url
  }

  get redirected(): boolean {
    return this.#more.redirected
  }

  clone(): Response {
    const copy = new Response()
    setSource(copy, teeBody(this))
    copy.#status = this.#status
    copy.#headers = this.#headers && copyHeaders(this.#headers)
    copy.#type = this.#type
    copy.#more = this.#more
    return copy
  }

  protected contentType(): string {
    return this.headers.get('content-type') ?? ''
  }

  #made(): Headers {
    if (this.#more.message !== undefined) return headersOf(this.#more.message)
    const headers = new Headers()
    if (this.#type !== '') defaultField(headers, 'content-type', this.#type)
    return headers
  }

  #fields(): string | Message {
    if (this.#headers !== undefined) {
      return linesOf(this.#headers) ?? untouchedMessage(this.#headers)
    }
    if (this.#more.message !== undefined) return this.#more.message
    return this.#type === '' ? '' : `content-type\n${this.#type}`
  }

  #take(init: ResponseInit, source: BodySource): void {
    const { status, statusText, headers } = init
    if (status !== undefined) this.#status = validStatus(status)
    if (statusText !== undefined && statusText !== '') {
      this.#more = { ...PLAIN, statusText: validReason(statusText) }
    }
    if (source !== undefined && isBodyless(this.#status)) {
      throw bodyNotAllowed(`a response of status ${this.#status}`)
    }
    if (headers === undefined) return
    this.#headers = new Headers(headers)
    if (this.#type !== '') defaultField(this.#headers, 'content-type', this.#type)
  }

  static {
    responseOf = (packed) => {
      const message = messageIn(packed)
      const response = new Response()
      response.#more = { ...PLAIN, message }
      response.#status = statusIn(packed)
      setSource(response, isBodyless(response.#status) ? undefined : message)
      return response
    }
    fetchedResponse = (head, message) => {
      const [status, reason, url, redirected, ...fields] = split(head, LINE)
      const response = new Response()
      response.#status = Number(status)
      response.#more = {
        ...PLAIN,
        statusText: reason,
        url: url as string,
        redirected: redirected !== '',
      }
      response.#headers = headersFrom(fields)
      setSource(response, isBodyless(response.#status) ? undefined : message)
      return response
    }
    isResponse = (value): value is Response =>
      typeof value === 'object' && value !== null && #status in value
    partsOf = (response) => ({
      status: response.#status,
      fields: response.#fields(),
      source: takeBody(response),
    })
  }
}

function validStatus(status: unknown): number {
  const number = Number(status)
  if (!(number >= MINIMUM && number <= MAXIMUM) || number % 1 !== 0) throw invalidStatus(status)
  return number
}

function validReason(reason: unknown): string {
  const text = PlainString(reason)
  if (exec(REASON, text) === null) throw invalidStatusText()
  return text
}

function isBodyless(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}
