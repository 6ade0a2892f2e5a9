/** What is wrong with an answer; `gateway-error` carries it. */
export type AnswerFault =
  | 'script_bad_status'
  | 'script_bad_header'
  | 'script_headers_limit'
  | 'script_response_body_limit'
  | 'script_second_answer'

/** That a script's answer cannot be sent: 502, and the script's fault. */
export class AnswerError extends Error {
  readonly code: AnswerFault

  constructor(code: AnswerFault, message: string) {
    super(message)
    this.code = code
  }
}

export function badStatus(status: unknown): AnswerError {
  return new AnswerError('script_bad_status', `status ${excerpt(status)} cannot be sent`)
}

export function badHeader(name: string | undefined): AnswerError {
  return new AnswerError('script_bad_header', `header ${excerpt(name)} cannot be sent`)
}

export function headersExceeded(what: string, limit: number): AnswerError {
  return new AnswerError('script_headers_limit', `more than ${limit} ${what} of header fields`)
}

export function responseBodyExceeded(limit: number): AnswerError {
  return new AnswerError('script_response_body_limit', `a body of more than ${limit} bytes`)
}

export function secondAnswer(): AnswerError {
  return new AnswerError('script_second_answer', 'a second answer to one request')
}

function excerpt(value: unknown): string {
  const LIMIT = 60
  if (value instanceof Uint8Array) return 'of bytes'
  return JSON.stringify(String(value).slice(0, LIMIT))
}
