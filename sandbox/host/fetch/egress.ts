import type { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { egressDenied, fetchFailed, fetchRedirectRefused } from '../errors.ts'
import { AnswerBody } from './answer-body.ts'
import { checkedConnector } from './connector.ts'
import { decoded } from './decoding.ts'
import { EgressList } from './egress-list.ts'
import type { EgressRule } from './egress-rule.ts'
import { asFetchRefusal } from './failure.ts'
import { FETCH_LIMITS, type FetchLimits } from './fetch-limits.ts'
import type { FetchAnswer, FetchContext, Fetcher, FetchRequest } from './fetcher.ts'
import { type Fields, receivedFields, sendableFields } from './fields.ts'
import { httpClient } from './http-client.ts'
import { redirected, redirectTarget } from './redirect.ts'
import { type Resolve, systemResolver } from './resolver.ts'
import { Upload } from './upload.ts'

export interface EgressOptions {
  readonly rules: readonly EgressRule[]
  readonly limits?: FetchLimits
  readonly resolve?: Resolve
  /** Certificates to trust instead of Node's own. */
  readonly ca?: string
}

interface Received {
  readonly statusCode: number
  readonly statusText: string
  readonly fields: Fields
  readonly redirected: boolean
  readonly body: Readable
}

/** Answers of 1xx before the one that counts. */
const MOST_INTERIM = 10
/** Statuses whose answers have no body whatever their fields say. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * The hosts one script may fetch from, and the connections to them. Scripts never share these: what
 * one has opened by its own rules, or desynchronised, no other can use.
 */
export class Egress implements Fetcher {
  readonly #list: EgressList
  readonly #limits: FetchLimits
  readonly #pools: Agent

  constructor({ rules, limits = FETCH_LIMITS, resolve, ca }: EgressOptions) {
    const timeout = limits.connectTimeout
    this.#list = new EgressList(rules)
    this.#limits = limits
    this.#pools = new (httpClient().Agent)({
      connect: checkedConnector({
        list: this.#list,
        resolve: resolve ?? systemResolver(timeout),
        timeout,
        ...(ca === undefined ? {} : { ca }),
      }),
      connections: limits.connections,
      maxOrigins: limits.origins,
      headersTimeout: limits.headersTimeout,
      bodyTimeout: limits.bodyTimeout,
      maxHeaderSize: limits.headerBytes,
    })
  }

  /** Sends a request and follows its redirects, each of them checked like the first. */
  async fetch(request: FetchRequest, context: FetchContext): Promise<FetchAnswer> {
    try {
      return await this.#follow(request, context)
    } catch (error) {
      if (request.body instanceof Upload) request.body.close()
      throw asFetchRefusal(error)
    }
  }

  /** Closes all connections; what is under way fails. */
  async close(): Promise<void> {
    await this.#pools.destroy()
  }

  async #follow(request: FetchRequest, context: FetchContext): Promise<FetchAnswer> {
    const follows = request.redirect !== 'manual'
    let current = { ...request, fields: sendableFields(request.fields, this.#limits) }
    for (let hops = 0; ; hops++) {
      const answer = await this.#send(current, context)
      try {
        const fields = receivedFields(answer.headers as unknown as string[], this.#limits)
        const target = follows && redirectTarget(current.url, answer.statusCode, fields)
        if (!target) return this.#answer(current, { ...answer, fields, redirected: hops > 0 })
        if (request.redirect === 'error') throw fetchRedirectRefused('redirected')
        if (hops === this.#limits.redirects) throw fetchRedirectRefused('redirected too often')
        current = redirected(current, answer.statusCode, target)
      } catch (error) {
        discard(answer.body)
        throw error
      }
      discard(answer.body)
    }
  }

  async #send(request: FetchRequest, context: FetchContext) {
    const { url, method, body = null } = request
    if (!this.#list.allowsUrl(url)) throw egressDenied(url.origin)
    context.count()
    let interim = 0
    return await this.#pools.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers: request.fields.flat(),
      body: body as Uint8Array | null,
      signal: context.signal,
      responseHeaders: 'raw',
      onInfo: () => {
        if (++interim > MOST_INTERIM) throw fetchFailed('interim answers without end')
      },
    })
  }

  #answer({ method, url }: FetchRequest, answer: Received): FetchAnswer {
    const { statusCode: status, statusText, redirected } = answer
    const head = { status, statusText, url: url.href, redirected }
    if (method === 'HEAD' || BODILESS.has(status)) {
      discard(answer.body)
      return { ...head, fields: answer.fields, body: undefined }
    }
    const { fields, body } = decoded(answer.fields, answer.body)
    return { ...head, fields, body: new AnswerBody(body, this.#limits.responseBody) }
  }
}

/** Nobody reads this body: unless it is empty, its connection is closed. */
function discard(body: Readable): void {
  body.on('error', () => {}).destroy()
}
