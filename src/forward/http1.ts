import { Http1Call } from './http1-call.ts'
import type { Http1Request } from './http1-request.ts'
import type { Protocol } from './protocol.ts'

/** HTTP/1.0 and 1.1 to a peer (`proxy_pass`). */
export const http1: Protocol<Http1Request> = {
  scheme: 'http://',
  target: (x, config) => config.target(x),
  needsLength: (config) => config.version === 10,
  ask: (asking, connection) => new Http1Call(asking, connection).start(),
}

/** The same over TLS: `tls` of the options says on which terms. */
export const https1: Protocol<Http1Request> = { ...http1, scheme: 'https://' }
