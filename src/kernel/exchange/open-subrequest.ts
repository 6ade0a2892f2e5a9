import { subrequestsTooDeep } from '../../base/errors.ts'
import type { ReadonlyFields } from '../../wire/http1/fields.ts'
import { splitTarget, type Target } from '../../wire/uri.ts'
import { start, startAgain, startBehind, startBy } from '../phase/run.ts'
import type { Exchange } from './exchange.ts'
import { NO_BODY, RequestBody, wholeBody } from './request-body.ts'
import { Subrequest, type SubrequestOptions } from './subrequest.ts'

/** How deep subrequests may make subrequests (nginx's limit). */
const DEPTH_LIMIT = 50

/** What a request is changed to for the handlers behind the one that asks; else it stays as it is. */
export interface RestOptions {
  readonly method?: string
  readonly to?: Target
  readonly headers?: ReadonlyFields
  readonly body?: Uint8Array | RequestBody
  /**
   * Answers in the place of the handlers behind, now or later. A status it finishes with has the
   * built-in page: the location's `error_page` is for what the client asks for.
   */
  readonly by?: (x: Exchange) => void
}

/** Makes a subrequest and starts it. */
export function openSubrequest(
  parent: Exchange,
  to: string | Target,
  options: SubrequestOptions,
): Subrequest {
  const target = typeof to === 'string' ? splitTarget(to) : to
  checkDepth(parent, target.uri)
  const { body, into, method = 'GET' } = options
  const subrequest = new Subrequest(parent, target, {
    method,
    into,
    body: body === 'same' ? parent.body : NO_BODY,
  })
  start(subrequest.x)
  return subrequest
}

/** Asks the handlers behind the one that is being walked, in its location; see `Exchange.rest`. */
export function openRest(parent: Exchange, options: RestOptions): Subrequest {
  const { body = parent.body, by, headers, method = parent.method, to = parent } = options
  checkDepth(parent, to.uri)
  const subrequest = new Subrequest(parent, to, {
    method,
    headers,
    body: body instanceof RequestBody ? body : wholeBody(body),
  })
  const { x } = subrequest
  parent.attempts ??= []
  x.attempts = parent.attempts
  x.internal = parent.internal
  x.rewritten = options.to ? 'yes' : parent.rewritten
  if (by) startBy(x, parent, by)
  else startBehind(x, parent)
  return subrequest
}

/** Asks the handler that answers, once more; see `Exchange.again`. */
export function openAgain(parent: Exchange): Subrequest {
  checkDepth(parent, parent.uri)
  const { method } = parent
  const subrequest = new Subrequest(parent, parent, { method, body: NO_BODY })
  const { x } = subrequest
  x.internal = parent.internal
  x.rewritten = parent.rewritten
  x.captures = parent.captures
  x.values = parent.values
  startAgain(x, parent)
  return subrequest
}

/** Makes a subrequest whose answer nobody wants; settles when it is over, undefined: not made. */
export function openBackground(
  parent: Exchange,
  uri: string,
  options: SubrequestOptions,
): Promise<void> | undefined {
  // Nothing may fail behind it that would leave the worker held.
  checkDepth(parent, uri)
  const release = parent.carrier.hold()
  return release && openSubrequest(parent, uri, options).dismiss().then(release)
}

function checkDepth(parent: Exchange, uri: string): void {
  let depth = 0
  for (let each: Exchange | undefined = parent.parent; each; each = each.parent) depth++
  if (depth >= DEPTH_LIMIT) throw subrequestsTooDeep(uri, DEPTH_LIMIT)
}
