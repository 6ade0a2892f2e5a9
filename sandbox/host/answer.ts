import type { MessageBody } from './message-view.ts'

/** What a script answers, checked: it can be sent as it is. */
export interface Answer {
  readonly status: number
  /** Name, value, name, value…; names are tokens in lower case. */
  readonly fields: readonly string[]
  /** `streamed` follows in pieces. */
  readonly body: undefined | string | Uint8Array | MessageBody | 'streamed'
}

/** What an answer may have. */
export interface AnswerLimits {
  /** Header fields. */
  readonly headerCount: number
  /** Characters of all names and values. */
  readonly headerBytes: number
  /** Bytes of the body. */
  readonly responseBody: number
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = Object.freeze({
  headerCount: 100,
  headerBytes: 32 * 1024,
  responseBody: 32 * 1024 * 1024,
})
