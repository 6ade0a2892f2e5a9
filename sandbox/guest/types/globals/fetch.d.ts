// What a script asks and answers with (Fetch Standard).

/** What a body can be made of. */
type BodyInit =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>

/** What fields can be made of. */
type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>

/** The body of a request or response: it can be read once. */
interface Body {
  readonly body: ReadableStream<Uint8Array> | null
  readonly bodyUsed: boolean
  arrayBuffer(): Promise<ArrayBuffer>
  blob(): Promise<Blob>
  bytes(): Promise<Uint8Array>
  formData(): Promise<FormData>
  json<Value = unknown>(): Promise<Value>
  text(): Promise<string>
}

/** Header fields; names are compared without case. */
declare class Headers {
  constructor(init?: HeadersInit)
  append(name: string, value: string): void
  delete(name: string): void
  get(name: string): string | null
  /** Each Set-Cookie by itself. */
  getSetCookie(): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void
  entries(): IterableIterator<[string, string]>
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  [Symbol.iterator](): IterableIterator<[string, string]>
}

interface RequestInit {
  readonly method?: string | undefined
  readonly headers?: HeadersInit | undefined
  readonly body?: BodyInit | null | undefined
  readonly redirect?: 'follow' | 'error' | 'manual' | undefined
  readonly signal?: AbortSignal | null | undefined
  readonly duplex?: 'half' | undefined
}

interface Request extends Body {}
declare class Request {
  constructor(input: Request | URL | string, init?: RequestInit)
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly signal: AbortSignal
  clone(): Request
}

interface ResponseInit {
  readonly status?: number | undefined
  readonly statusText?: string | undefined
  readonly headers?: HeadersInit | undefined
}

interface Response extends Body {}
declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit)
  static error(): Response
  static json(value: unknown, init?: ResponseInit): Response
  static redirect(url: URL | string, status?: 301 | 302 | 303 | 307 | 308): Response
  readonly status: number
  readonly ok: boolean
  readonly statusText: string
  readonly headers: Headers
  readonly type: 'default' | 'error'
  readonly url: string
  readonly redirected: boolean
  clone(): Response
}

type FormDataEntryValue = string | File

/** A form, also one that was read of `multipart/form-data`. */
declare class FormData {
  append(name: string, value: string | Blob, filename?: string): void
  delete(name: string): void
  get(name: string): FormDataEntryValue | null
  getAll(name: string): FormDataEntryValue[]
  has(name: string): boolean
  set(name: string, value: string | Blob, filename?: string): void
  forEach(callback: (value: FormDataEntryValue, name: string, form: FormData) => void): void
  entries(): IterableIterator<[string, FormDataEntryValue]>
  keys(): IterableIterator<string>
  values(): IterableIterator<FormDataEntryValue>
  [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>
}

/** Reaches what `egress` names. */
declare function fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
