import {
  type Exchange,
  type ForwardOptions,
  fieldFates,
  forward,
  type Http1Request,
  http1,
  https1,
  IGNORABLE_FIELDS,
  type TempFolder,
  type Upstream,
} from 'gateway/plugin'
import { fetchFailed, fetchTimedOut } from '../../../../sandbox/host/errors.ts'
import type { FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import type {
  FetchAnswer,
  FetchContext,
  Fetcher,
  FetchRequest,
} from '../../../../sandbox/host/fetch/fetcher.ts'
import { type Fields, sendableFields } from '../../../../sandbox/host/fetch/fields.ts'
import { askInside } from './ask-inside.ts'
import type { BoundTls } from './reach-settings.ts'

const FATES = fieldFates([])
const GATEWAY_TIMEOUT = 504

/** What all requests of a script to its upstream have in common. */
export interface UpstreamBinding {
  readonly upstream: Upstream
  readonly tls: BoundTls | undefined
  readonly limits: FetchLimits
  /** For request bodies that do not fit into memory. */
  readonly bodyFolder: TempFolder
  /** A text for the log without what must not stand there. */
  redact(text: string): string
}

/** Asks a bound upstream for one run, as `proxy_pass` would: its balancer, health, connections. */
export class UpstreamFetcher implements Fetcher {
  readonly #binding: UpstreamBinding
  readonly #x: Exchange

  constructor(binding: UpstreamBinding, x: Exchange) {
    this.#binding = binding
    this.#x = x
  }

  /** The URL's host is the field Host and nothing else; redirects are the script's to follow. */
  async fetch(request: FetchRequest, context: FetchContext): Promise<FetchAnswer> {
    context.count()
    const { limits, tls, upstream } = this.#binding
    const fields = sendableFields(request.fields, limits)
    let whose: 'gateway' | 'peer' = 'gateway'
    const options = this.#options(request, fields, () => {
      whose = 'peer'
    })
    return askInside(this.#x, {
      request,
      fields: withLength(request, fields),
      context,
      responseBody: limits.responseBody,
      by: (made) => void forward(made, upstream, tls ? https1 : http1, options),
      check: ({ status }) => {
        if (whose === 'peer') return
        throw status === GATEWAY_TIMEOUT ? fetchTimedOut(status) : fetchFailed(status)
      },
    })
  }

  #options(
    request: FetchRequest,
    fields: Fields,
    answered: () => void,
  ): ForwardOptions<Http1Request> {
    const { bodyFolder, limits, redact, tls } = this.#binding
    const { body, method, url } = request
    const target = url.pathname + url.search
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `${method} ${target} HTTP/1.1\r\nHost: ${url.host}\r\n${lines.join('')}`
    const most = this.#x.location.settings.client_body_buffer_size
    return {
      ...COMMON,
      request: { version: 11, head: () => head, target: () => redact(target), fates: FATES },
      tls: tls && (() => tls.with.terms(tls.name)),
      connectTimeout: limits.connectTimeout,
      sendTimeout: limits.bodyTimeout,
      readTimeout: limits.headersTimeout,
      headLimit: limits.headerBytes,
      // What is in memory can be sent again, to another peer.
      requestBuffering: body instanceof Uint8Array && body.length <= most,
      bodyFolder,
      spooling: { memory: 0, piece: 0, fileLimit: 0, folder: bodyFolder },
      edit: answered,
    }
  }
}

/** The script reads an answer as fast as it can use it, and decides itself what it means. */
const COMMON = {
  requestBody: 'pass',
  bind: undefined,
  probed: false,
  next: new Set(['error', 'timeout']),
  nextTries: 0,
  nextTimeout: 0,
  buffering: false,
  ignoreClientAbort: false,
  interceptErrors: false,
  ignored: new Set(IGNORABLE_FIELDS.map((name) => name.toLowerCase())),
  limitRate: undefined,
  forceRanges: false,
  passesTrailer: undefined,
} as const satisfies Partial<ForwardOptions<Http1Request>>

/** The protocol says of a method that usually has a body that there is none, if the request does. */
function withLength({ body, method }: FetchRequest, fields: Fields): Fields {
  const isUsual = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return body === undefined && isUsual ? [...fields, ['content-length', '0']] : fields
}
