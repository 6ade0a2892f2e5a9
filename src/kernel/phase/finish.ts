import { Buffer } from 'node:buffer'
import { type GatewayError, pluginFailed, responseTooShort } from '../../base/errors.ts'
import { Head } from '../../wire/head.ts'
import { carryFields } from '../exchange/carried.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ErrorPage } from '../settings/error-page.ts'
import { signatureOf } from '../settings/server-identity.ts'
import { REDIRECT_LIMIT, rerun } from './run.ts'
import { sentStatus, statusPage } from './status-page.ts'

/** nginx's own: close without an answer, and the client closed before it got one. */
const UNANSWERED: ReadonlySet<number> = new Set([444, 499])
/** After these, what follows on the connection cannot be trusted, or will not be read. */
const CLOSING: ReadonlySet<number> = new Set([400, 408, 413, 414, 495, 496, 497, 500, 501, 505])

/**
 * Ends an exchange with a status: with its `error_page`, else with the built-in page. `head` may
 * carry further fields (Location, WWW-Authenticate).
 */
export function finish(x: Exchange, status: number, head: Head = new Head(status)): void {
  if (x.aborted) return
  if (x.head) {
    // Too late for a status: what was announced can only be cut.
    x.cut(responseTooShort(x.head.length ?? 0))
    return
  }
  if (UNANSWERED.has(status)) {
    x.unanswered = status
    x.carrier.drop(x)
    return
  }
  if (CLOSING.has(status)) x.carrier.endsWithClose()
  const page = pageOf(x, status)
  x.errorStatus = status >= 300 ? sentStatus(status) : 0
  try {
    if (page) showErrorPage(x, page, head)
    else answer(x, status, head)
  } catch (error) {
    broken(x, pluginFailed('filter', error))
  }
}

/**
 * Where a page itself fails, the built-in one of that failure is shown, as in nginx, unless the
 * location of the first failure is recursive.
 */
function pageOf(x: Exchange, status: number): ErrorPage | undefined {
  if (x.errorPaged === 'yes' || x.redirects > REDIRECT_LIMIT) return undefined
  return x.location.settings.error_page.get(status)
}

/** A filter, or a variable in the page's URI, has failed. */
function broken(x: Exchange, error: GatewayError): void {
  x.report(error)
  if (x.head) x.cut(error)
  else finish(x, error.status)
}

function showErrorPage(x: Exchange, page: ErrorPage, head: Head): void {
  x.errorPaged = x.location.settings.recursive_error_pages ? 'again' : 'yes'
  // First, for a page that is named after $status.
  if (page.answer !== undefined) x.errorStatus = page.answer === 'target' ? 0 : page.answer
  const target = page.target.render(x)
  if (target.startsWith('/')) {
    // The page is fetched, whatever the method of the request was (as in nginx).
    if (x.method !== 'HEAD') x.method = 'GET'
  } else if (!target.startsWith('@')) {
    const code = typeof page.answer === 'number' && isRedirect(page.answer) ? page.answer : 302
    x.errorStatus = code
    head.fields.set('Location', target)
    answer(x, code, head)
    return
  }
  // What is said of the answer (WWW-Authenticate, Retry-After, Location) holds for its page.
  // Also where there is nothing: the page is of a type of its own.
  if (head.fields.list.length > 0 || x.carried) carryFields(x, head.fields)
  const verdict = x.redirect(target)
  if (verdict === 'rerun') rerun(x)
  else finish(x, verdict)
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** The built-in page of a status; below 300, an empty body. */
function answer(x: Exchange, status: number, head: Head): void {
  head.status = sentStatus(status)
  // Parts of the page are not to be had, whatever the peer said of the answer it was to be.
  x.carried?.fields.delete('accept-ranges')
  if (status >= 300 && status !== 304) head.type = 'text/html'
  const page =
    status >= 300 && status !== 304 ? statusPage(status, signatureOf(x.location.settings)) : EMPTY
  const responded = x.respond(head, page)
  if (typeof responded === 'object') {
    responded.catch((error) => broken(x, pluginFailed('filter', error)))
  }
}

const EMPTY = Buffer.alloc(0)
