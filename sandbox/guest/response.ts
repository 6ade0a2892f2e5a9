import { LINE } from '../border/lines.ts'
import { type Message, messageIn, statusIn } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { Body, setSource, sourceOf, teeBody } from './body.ts'
import { type BodyInit, extractBody, TEXT } from './body-init.ts'
import { bodyNotAllowed, invalidStatus, invalidStatusText, invalidUrl } from './errors.ts'
import {
  copyHeaders,
  freezeHeaders,
  type Headers,
  type HeadersInit,
  headersFrom,
  headersOf,
  headersWith,
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

/** A response the host has, by its packed number. */
export let responseOf: (packed: number) => Response
/** The answer to a fetch: its head has crossed as lines, its body is that message's. */
export let fetchedResponse: (head: string, message: Message) => Response
/** The status of a response, whatever a script has done to its getter. */
export let statusOf: (response: Response) => number
/** Its fields as they cross; a message where they are that message's, unread. */
export let fieldsOf: (response: Response) => string | Message
/** Whether a script's object is a Response. */
export let isResponse: (value: unknown) => value is Response

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/
const OK = 200
const MINIMUM = 200
const MAXIMUM = 599
const FOUND = 302

/** All of a response but its body; never changed, for most responses share one of those below. */
interface ResponseHead {
  readonly status: number
  /** Undefined until somebody asks for them. */
  readonly headers: Headers | undefined
  /** The Content-Type of the body, and that as a field, while no headers are made. */
  readonly contentType: string
  readonly lines: string
  readonly more: More
}

/** What few responses have. */
interface More {
  readonly statusText: string | undefined
  readonly type: 'default' | 'error'
  readonly url: string
  readonly redirected: boolean
  /** The message at the host, for what is read lazily. */
  readonly message: Message | undefined
}

const NO_MORE: More = {
  statusText: undefined,
  type: 'default',
  url: '',
  redirected: false,
  message: undefined,
}
const PLAIN = headFor('')
const OF_TEXT = headFor(TEXT)
const OF_JSON = headFor('application/json')

/** An answer, the script's or one it was given (Fetch, "Response"). */
export class Response extends Body {
  #head: ResponseHead = PLAIN

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    super(typeof body === 'string' ? body : undefined)
    if (typeof body === 'string') this.#head = OF_TEXT
    else if (body !== undefined && body !== null) {
      const { source, type } = extractBody(body)
      setSource(this, source)
      this.#head = headFor(type)
    }
    if (init !== undefined && init !== null) this.#take(init)
  }

  static error(): Response {
    const response = new Response()
    response.#head = { ...PLAIN, status: 0, more: { ...NO_MORE, type: 'error' } }
    freezeHeaders(response.headers)
    return response
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const text = writeJson(data)
    if (text === undefined) throw new TypeError('this value has no JSON')
    const response = new Response()
    setSource(response, text)
    response.#head = OF_JSON
    if (init !== undefined && init !== null) response.#take(init)
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
    return this.#head.status
  }

  get ok(): boolean {
    const { status } = this.#head
    return status >= 200 && status <= 299
  }

  get statusText(): string {
    const { statusText, message } = this.#head.more
    if (statusText !== undefined || message === undefined) return statusText ?? ''
    return host(RequestOp.statusText, message) as string
  }

  get headers(): Headers {
    const { headers = this.#made() } = this.#head
    return headers
  }

  get type(): 'default' | 'error' {
    return this.#head.more.type
  }

  get url(): string {
    return this.#head.more.url
  }

  get redirected(): boolean {
    return this.#head.more.redirected
  }

  clone(): Response {
    const copy = new Response()
    setSource(copy, teeBody(this))
    const { headers } = this.#head
    copy.#head =
      headers === undefined ? this.#head : { ...this.#head, headers: copyHeaders(headers) }
    return copy
  }

  protected contentType(): string {
    return this.headers.get('content-type') ?? ''
  }

  #made(): Headers {
    const { contentType, more } = this.#head
    const { message } = more
    const headers = message === undefined ? headersWith({}, contentType) : headersOf(message)
    this.#head = { ...this.#head, headers }
    return headers
  }

  #take(init: ResponseInit): void {
    const { contentType, lines } = this.#head
    const { headers, status: wanted, statusText = '' } = init
    const status = wanted === undefined ? OK : validStatus(wanted)
    const more = statusText === '' ? NO_MORE : { ...NO_MORE, statusText: validReason(statusText) }
    if (isBodyless(status) && sourceOf(this) !== undefined) {
      throw bodyNotAllowed(`a response of status ${status}`)
    }
    const made = headers === undefined ? undefined : headersWith(headers, contentType)
    this.#head = { status, headers: made, contentType, lines, more }
  }

  static {
    responseOf = (packed) => {
      const message = messageIn(packed)
      const status = statusIn(packed)
      const response = new Response()
      response.#head = { ...PLAIN, status, more: { ...NO_MORE, message } }
      setSource(response, isBodyless(status) ? undefined : message)
      return response
    }
    fetchedResponse = (head, message) => {
      const [code, statusText, url = '', redirected, ...fields] = split(head, LINE)
      const status = Number(code)
      const more = { ...NO_MORE, statusText, url, redirected: redirected !== '' }
      const response = new Response()
      response.#head = { ...PLAIN, status, headers: headersFrom(fields), more }
      setSource(response, isBodyless(status) ? undefined : message)
      return response
    }
    isResponse = (value): value is Response =>
      typeof value === 'object' && value !== null && #head in value
    statusOf = (response) => response.#head.status
    fieldsOf = (response) => {
      const { headers, lines, more } = response.#head
      if (headers !== undefined) return linesOf(headers) ?? untouchedMessage(headers)
      return more.message ?? lines
    }
  }
}

function headFor(contentType: string): ResponseHead {
  const lines = contentType === '' ? '' : `content-type\n${contentType}`
  return { status: OK, headers: undefined, contentType, lines, more: NO_MORE }
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
