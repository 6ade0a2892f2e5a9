import { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import { pluginFailed } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import { groupEnd } from '../kernel/upstream/attempt.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import type { Template } from '../kernel/variable/template.ts'
import type { ForwardOptions } from './forward-options.ts'
import { ForwardedRequest } from './forwarded-request.ts'
import type { Protocol } from './protocol.ts'
import { type PeerBody, RequestSource } from './request-source.ts'

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
  const to = x.location.chooseUpstream?.(x, upstream) ?? upstream
  const body = isBodyWanted(x) ? RequestSource.of(x) : undefined
  const { requestBody } = options
  if (x.attempts && x.attempts.length > 0) x.attempts.push(groupEnd(clock.now))
  if (requestBody === 'pass') {
    const request = forwarded(x, to, protocol, options, body)
    if (body) collect(request, body, protocol)
    else request.start()
    return 'done'
  }
  // As in nginx it is read all the same: what takes its place may be made of it.
  const waits = body?.collect(options.bodyFolder)
  if (waits) waits.then(() => go(requestBody)).catch((error) => bodyNotMade(x, error))
  else go(requestBody)
  return 'done'

  function go(made: 'drop' | Template): void {
    const request = forwarded(x, to, protocol, options, madeBody(x, made))
    if (body?.failure) {
      request.abandon(body.failure)
      return
    }
    request.start()
  }
}

function forwarded<C>(
  x: Exchange,
  upstream: Upstream,
  protocol: Protocol<C>,
  options: ForwardOptions<C>,
  body: PeerBody | undefined,
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

function madeBody(x: Exchange, made: 'drop' | Template): PeerBody | undefined {
  if (made === 'drop') return undefined
  const whole = Buffer.from(made.render(x), 'latin1')
  return { whole, length: whole.length, available: true, stream: () => {}, drop: () => {} }
}

/** A page is fetched with GET; a named location has the request as it was, if it can be had. */
function isBodyWanted({ askedMethod, body, errorPaged, method }: Exchange): boolean {
  if (body.empty) return false
  return errorPaged === 'no' || (method === askedMethod && !body.failed && !body.tooLarge)
}

/** Collects the request body, where it must be there before a peer is asked. */
function collect<C>(
  request: ForwardedRequest<C>,
  body: RequestSource,
  protocol: Protocol<C>,
): void {
  const { options, x } = request
  const lacksLength = body.length === undefined && protocol.needsLength(options.request)
  const buffers = options.requestBuffering || lacksLength
  // As in nginx a body that came with its head is known and can be sent again all the same.
  if (!buffers && !x.body.complete) {
    request.start()
    return
  }
  const waits = body.collect(buffers ? options.bodyFolder : undefined)
  if (waits) void waits.then(() => startWith(request, body))
  else startWith(request, body)
}

function startWith<C>(request: ForwardedRequest<C>, body: RequestSource): void {
  if (body.failure) request.abandon(body.failure)
  else request.start()
}
