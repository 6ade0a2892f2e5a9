import { Buffer } from 'node:buffer'
import { clock } from '../clock.ts'
import { lengthRequired, pluginFailed } from '../errors.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Template } from '../variable/template.ts'
import { groupEnd } from './attempt.ts'
import type { ForwardOptions } from './forward-options.ts'
import { ForwardedRequest } from './forwarded-request.ts'
import type { Protocol } from './protocol.ts'
import { RequestSource } from './request-source.ts'
import type { Upstream } from './upstream.ts'

/**
 * Asks the peers of an upstream, one after another as `proxy_next_upstream` allows, and pours the
 * answer of the one that gave it. Answers later: the verdict is always `done`.
 */
export function forward<C>(
  x: Exchange,
  upstream: Upstream,
  protocol: Protocol<C>,
  options: ForwardOptions<C>,
): 'done' {
  const body = isBodyWanted(x) ? RequestSource.of(x.body) : undefined
  const { requestBody } = options
  x.attempts?.push(groupEnd(clock.now))
  if (requestBody === 'pass') {
    const request = forwarded(x, upstream, protocol, options, body)
    if (body) collect(request, body, protocol)
    else request.start()
    return 'done'
  }
  // As in nginx it is read all the same: what takes its place may be made of it.
  const waits = body?.collect(x.location.settings.client_body_buffer_size)
  if (waits) waits.then(() => go(requestBody)).catch((error) => bodyNotMade(x, error))
  else go(requestBody)
  return 'done'

  function go(made: 'drop' | Template): void {
    const request = forwarded(x, upstream, protocol, options, madeBody(x, made))
    if (body?.failure) {
      request.abandon(body.failure)
      return
    }
    if (body && !body.whole) x.body.discard()
    request.start()
  }
}

function forwarded<C>(
  x: Exchange,
  upstream: Upstream,
  protocol: Protocol<C>,
  options: ForwardOptions<C>,
  body: RequestSource | undefined,
): ForwardedRequest<C> {
  const request = new ForwardedRequest(x, upstream, protocol, options, body)
  if (!options.ignoreClientAbort) x.onAbort = () => request.stop()
  return request
}

function bodyNotMade(x: Exchange, cause: unknown): void {
  const error = pluginFailed('request body', cause)
  x.report(error)
  x.finish(error.status)
}

function madeBody(x: Exchange, made: 'drop' | Template): RequestSource | undefined {
  return made === 'drop' ? undefined : RequestSource.made(Buffer.from(made.render(x), 'latin1'))
}

/** A page is fetched with GET; a named location has the request as it was, if it can be had. */
function isBodyWanted({ askedMethod, body, errorPaged, method }: Exchange): boolean {
  if (body.empty) return false
  return errorPaged === 'no' || (method === askedMethod && !body.failed && !body.tooLarge)
}

/** Collects of the request body what must be there before a peer is asked. */
function collect<C>(
  request: ForwardedRequest<C>,
  body: RequestSource,
  protocol: Protocol<C>,
): void {
  const waits = body.collect(collectLimit(request, body, protocol))
  if (waits) startAfter(waits, request, body, protocol)
  else startWith(request, body, protocol)
}

function collectLimit<C>(
  { x, options }: ForwardedRequest<C>,
  body: RequestSource,
  protocol: Protocol<C>,
): number {
  const { client_body_buffer_size, client_max_body_size } = x.location.settings
  if (lacksLength(body, protocol, options)) {
    return Math.max(client_body_buffer_size, client_max_body_size)
  }
  return options.requestBuffering ? client_body_buffer_size : 0
}

function startAfter<C>(
  waits: Promise<void>,
  request: ForwardedRequest<C>,
  body: RequestSource,
  protocol: Protocol<C>,
): void {
  void waits.then(() => startWith(request, body, protocol))
}

function startWith<C>(
  request: ForwardedRequest<C>,
  body: RequestSource,
  protocol: Protocol<C>,
): void {
  if (body.failure) request.abandon(body.failure)
  else if (lacksLength(body, protocol, request.options)) request.abandon(lengthRequired())
  else request.start()
}

function lacksLength<C>(
  body: RequestSource,
  protocol: Protocol<C>,
  options: ForwardOptions<C>,
): boolean {
  return body.length === undefined && protocol.needsLength(options.request)
}
