import type { Level } from './level.ts'

/** Whose fault it is: it decides the level in the error log. */
export type Blame = 'client' | 'upstream' | 'gateway' | 'script'

interface ErrorFacts {
  code: string
  blame: Blame
  status: number
  /** Where it is graver than its blame tells. */
  level?: Level
  cause?: unknown
}

/** Anything that goes wrong with one exchange. Made only by the functions of this file. */
export class GatewayError extends Error {
  readonly code: string
  readonly blame: Blame
  /** The status the client gets when nothing was sent yet. */
  readonly status: number
  /** Whether the error log has it already; it may pass through several hands. */
  logged = false

  /** Where it stands in the error log: what a client does wrong is no error of ours. */
  readonly level: Level

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'GatewayError'
    this.code = facts.code
    this.blame = facts.blame
    this.status = facts.status
    const mild = facts.blame === 'client' && facts.status !== 413
    this.level = facts.level ?? (mild ? 'info' : 'error')
  }
}

/** A request the wire format or a limit refuses; `text` is a fragment such as "line too long". */
export function badRequest(text: string, status = 400): GatewayError {
  return new GatewayError(`client sent ${text}`, {
    code: 'CLIENT_BAD_REQUEST',
    blame: 'client',
    status,
  })
}

/** Over TLS, but not yet; 497 is nginx's own status for it, and sent as 400. */
export function plainRequest(): GatewayError {
  return new GatewayError('client sent plain HTTP request to HTTPS port', {
    code: 'CLIENT_SPEAKS_PLAINLY',
    blame: 'client',
    status: 497,
  })
}

/** nginx's own 496, sent as 400. */
export function certificateMissing(): GatewayError {
  return new GatewayError('client sent no required SSL certificate', {
    code: 'CLIENT_WITHOUT_CERTIFICATE',
    blame: 'client',
    status: 496,
  })
}

/** nginx's own 495, sent as 400; `why` as `$ssl_client_verify` tells. */
export function certificateWrong(why: string): GatewayError {
  return new GatewayError(`client SSL certificate verify error: ${why}`, {
    code: 'CLIENT_CERTIFICATE_WRONG',
    blame: 'client',
    status: 495,
  })
}

/** RFC 9110, section 15.5.20. */
export function misdirected(): GatewayError {
  return new GatewayError(
    'client attempted to request the server name different from the one that was negotiated',
    { code: 'CLIENT_MISDIRECTED', blame: 'client', status: 421 },
  )
}

/** CONNECT asks for a tunnel, TRACE for an echo of secrets: no origin is asked either (as in nginx). */
export function methodRefused(method: string): GatewayError {
  return new GatewayError(`client sent ${method} method`, {
    code: 'CLIENT_METHOD_REFUSED',
    blame: 'client',
    status: 405,
  })
}

export function clientTimedOut(doing: string): GatewayError {
  return new GatewayError(`client timed out while ${doing}`, {
    code: 'CLIENT_TIMED_OUT',
    blame: 'client',
    status: 408,
  })
}

/** For whoever makes a response that a filter does not let through: nobody waits for it any more. */
export function responseRefused(status: number): GatewayError {
  return new GatewayError(`a filter answers ${status} instead`, {
    code: 'RESPONSE_REFUSED',
    blame: 'gateway',
    status,
  })
}

/** 499 is nginx's own status for a client that left before it was answered. */
export function clientClosed(doing: string): GatewayError {
  return new GatewayError(`client closed connection while ${doing}`, {
    code: 'CLIENT_CLOSED',
    blame: 'client',
    status: 499,
  })
}

export function bodyTooLarge(limit: number): GatewayError {
  return new GatewayError(`client intended to send too large body, limit ${limit} bytes`, {
    code: 'CLIENT_BODY_TOO_LARGE',
    blame: 'client',
    status: 413,
  })
}

export function redirectionCycle(uri: string): GatewayError {
  return new GatewayError(`rewrite or internal redirection cycle at "${uri}"`, {
    code: 'REDIRECTION_CYCLE',
    blame: 'gateway',
    status: 500,
  })
}

/** A handler or filter threw something of its own. */
export function pluginFailed(plugin: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return new GatewayError(`plugin "${plugin}" failed: ${text}`, {
    code: 'PLUGIN_FAILED',
    blame: 'gateway',
    status: 500,
    cause,
  })
}

/** A variable, or what meets at an `alias`, would lead out of the folder. */
export function pathOutside(path: string): GatewayError {
  return new GatewayError(`"${path}" would leave its folder`, {
    code: 'PATH_OUTSIDE',
    blame: 'client',
    status: 404,
    level: 'error',
  })
}

/** As in nginx: which part of the URI an `alias` replaces is not known any more. */
export function aliasOfRewritten(location: string): GatewayError {
  return new GatewayError(
    `"alias" cannot be used in location "${location}" where URI was rewritten`,
    { code: 'ALIAS_OF_REWRITTEN', blame: 'gateway', status: 500 },
  )
}

/** A content handler said `pass`: there is no later phase that could answer. */
export function contentNotAnswered(plugin: string): GatewayError {
  return new GatewayError(`plugin "${plugin}" said pass in the content phase without answering`, {
    code: 'CONTENT_NOT_ANSWERED',
    blame: 'gateway',
    status: 500,
  })
}

/** A handler poured more than its head announced; the surplus is not sent. */
export function responseTooLong(): GatewayError {
  return new GatewayError('response is longer than its Content-Length', {
    code: 'RESPONSE_TOO_LONG',
    blame: 'gateway',
    status: 500,
  })
}

export function responseTooShort(missing: number): GatewayError {
  return new GatewayError(`response ended ${missing} bytes before its Content-Length`, {
    code: 'RESPONSE_TOO_SHORT',
    blame: 'gateway',
    status: 500,
  })
}

/** Each peer of an upstream is down, failed out or has been tried. */
export function noLiveUpstreams(): GatewayError {
  return upstreamError('no live upstreams while connecting to upstream', 'UPSTREAM_NONE_LIVE', 502)
}

/** The name of a peer had no address when the worker started. */
export function upstreamUnresolved(peer: string): GatewayError {
  return upstreamError(`host not found in upstream "${peer}"`, 'UPSTREAM_UNRESOLVED', 502)
}

/** `proxy_pass` with variables led to something that is no upstream. */
export function upstreamUnknown(text: string): GatewayError {
  return new GatewayError(`invalid upstream "${text}"`, {
    code: 'UPSTREAM_UNKNOWN',
    blame: 'gateway',
    status: 500,
  })
}

/** `system` is nginx's description of the failure: `(111: Connection refused)`. */
export function upstreamConnectFailed(system: string): GatewayError {
  return upstreamError(
    `connect() failed ${system} while connecting to upstream`,
    'UPSTREAM_CONNECT_FAILED',
    502,
  )
}

/** `proxy_bind` names an address that cannot be had; `system` as for `upstreamConnectFailed`. */
export function upstreamBindFailed(address: string, system: string): GatewayError {
  return new GatewayError(`bind(${address}) failed ${system} while connecting to upstream`, {
    code: 'UPSTREAM_BIND_FAILED',
    blame: 'gateway',
    status: 500,
  })
}

export function upstreamTimedOut(doing: string): GatewayError {
  return upstreamError(
    `upstream timed out (110: Connection timed out) while ${doing}`,
    'UPSTREAM_TIMED_OUT',
    504,
  )
}

/** `fault` is nginx's description: `peer closed connection in SSL handshake`. */
export function upstreamHandshakeFailed(fault: string): GatewayError {
  return upstreamError(
    `${fault} while SSL handshaking to upstream`,
    'UPSTREAM_HANDSHAKE_FAILED',
    502,
  )
}

/** `why` is nginx's description: `does not match "shop.test"`. */
export function upstreamCertificateWrong(why: string): GatewayError {
  return upstreamError(
    `upstream SSL certificate ${why} while SSL handshaking to upstream`,
    'UPSTREAM_CERTIFICATE_WRONG',
    502,
  )
}

/** The connection broke; `system` as for `upstreamConnectFailed`. */
export function upstreamBroke(system: string, doing: string): GatewayError {
  return upstreamError(`recv() failed ${system} while ${doing}`, 'UPSTREAM_BROKE', 502)
}

export function upstreamClosedPrematurely(doing: string): GatewayError {
  return upstreamError(
    `upstream prematurely closed connection while ${doing}`,
    'UPSTREAM_CLOSED',
    502,
  )
}

/** `fault` is a fragment such as `a bare CR`. */
export function upstreamSentInvalidHeader(fault: string): GatewayError {
  return upstreamError(
    `upstream sent ${fault} while reading response header from upstream`,
    'UPSTREAM_INVALID_HEADER',
    502,
  )
}

export function upstreamSentTooBigHeader(limit: number): GatewayError {
  return upstreamSentInvalidHeader(`too big header (proxy_buffer_size is ${limit} bytes)`)
}

export function upstreamSentInvalidBody(fault: string): GatewayError {
  return upstreamError(
    `upstream sent ${fault} in its chunked body while reading upstream`,
    'UPSTREAM_INVALID_BODY',
    502,
  )
}

/** Neither a free connection slot nor an idle connection to take one from. */
export function noConnectionSlots(limit: number): GatewayError {
  return new GatewayError(`${limit} worker_connections are not enough`, {
    code: 'NO_CONNECTION_SLOTS',
    blame: 'gateway',
    status: 500,
  })
}

/** A body that was streamed to one upstream cannot be sent to another. */
export function requestBodySpent(): GatewayError {
  return new GatewayError('request body was sent already and cannot be sent again', {
    code: 'REQUEST_BODY_SPENT',
    blame: 'gateway',
    status: 502,
  })
}

function upstreamError(message: string, code: string, status: number): GatewayError {
  return new GatewayError(message, { code, blame: 'upstream', status })
}

/** A subrequest that makes a subrequest, and so on. */
export function subrequestsTooDeep(uri: string, limit: number): GatewayError {
  return new GatewayError(`subrequests nested deeper than ${limit} at "${uri}"`, {
    code: 'SUBREQUESTS_TOO_DEEP',
    blame: 'gateway',
    status: 500,
  })
}

/** A file became shorter while it was being sent. */
export function fileChanged(path: string): GatewayError {
  return new GatewayError(`file "${path}" became shorter while it was sent`, {
    code: 'FILE_CHANGED',
    blame: 'gateway',
    status: 500,
  })
}

/** A temporary file cannot be made, written or read; `system` as for `upstreamConnectFailed`. */
export function tempFileFailed(call: string, name: string, system: string): GatewayError {
  return new GatewayError(`${call} "${name}" failed ${system}`, {
    code: 'TEMP_FILE_FAILED',
    blame: 'gateway',
    status: 500,
    level: 'crit',
  })
}
