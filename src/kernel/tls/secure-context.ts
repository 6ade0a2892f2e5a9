import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { ConfigError, type Mark } from '../directive/mark.ts'

/** What is never done with anybody. */
const NEVER = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION

/** What TLS is set up with. Throws a `ConfigError` at the mark for what OpenSSL does not take. */
export function secureContext(options: SecureContextOptions, mark: Mark): SecureContext {
  try {
    return createSecureContext({ ...options, secureOptions: NEVER | (options.secureOptions ?? 0) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new ConfigError(mark, `TLS cannot be set up: ${message}`)
  }
}
