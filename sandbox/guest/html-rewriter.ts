import { BodyOp, HtmlOp } from '../border/ops.ts'
import { type BodySource, takeBody } from './body.ts'
import { notA } from './errors.ts'
import { Headers } from './headers.ts'
import { host } from './host.ts'
import type { Handlers, Selected } from './html-handlers.ts'
import { Rewriting } from './html-rewriting.ts'
import { PlainString } from './primordials.ts'
import { isResponse, Response } from './response.ts'
import { streams } from './streams.ts'

/** Rewrites HTML as it streams by; the names are those Cloudflare has given them. */
export class HTMLRewriter {
  readonly #selected: Selected[] = []
  readonly #document: Handlers[] = []

  /** Asks `handlers` about what a selector fits. Throws a `TypeError` for one that is none. */
  on(selector: string, handlers: Handlers): this {
    const text = PlainString(selector)
    const record = recordOf(handlers)
    host(HtmlOp.checkSelector, text)
    this.#selected.push({ selector: text, handlers: record })
    return this
  }

  /** Asks `handlers` about the document as a whole. */
  onDocument(handlers: Handlers): this {
    this.#document.push(recordOf(handlers))
    return this
  }

  /** The same response with a body that is rewritten while it is read. */
  transform(response: Response): Response {
    if (!isResponse(response)) throw notA('Response')
    const { status, statusText } = response
    const headers = new Headers(response.headers)
    const source = takeBody(response)
    if (!isThere(source)) return new Response(null, { status, statusText, headers })
    headers.delete('content-length')
    const rewriting = new Rewriting(source, [...this.#selected], [...this.#document])
    const body = new (streams().ReadableStream)(rewriting)
    return new Response(body, { status, statusText, headers })
  }
}

function isThere(source: BodySource): boolean {
  if (typeof source === 'number') return host(BodyOp.has, source) !== ''
  return source !== undefined
}

function recordOf(handlers: Handlers): Handlers {
  if (typeof handlers !== 'object' || handlers === null) throw notA('record of handlers')
  return handlers
}
