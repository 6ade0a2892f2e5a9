import type { ErrorCode } from './codes.ts'

/** What a peer must not do, for which the whole connection ends (RFC 9113 section 5.4.1). */
export class ConnectionFault extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What a peer must not do, for which one stream ends (section 5.4.2). */
export class StreamFault extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
