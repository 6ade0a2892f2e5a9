import type { Awaitable } from '../border/crossing.ts'
import type { Answer } from './answer.ts'
import type { AnswerError } from './answer-error.ts'

/** An error of a script, in texts that tell nothing but what the script put there. */
export interface ScriptError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Where a streamed body goes. */
export interface AnswerSink {
  /** The promise means: wait until there is room. */
  write(bytes: Uint8Array): Awaitable<void>
  end(): void
  fail(error: ScriptError): void
}

/** How grave a line of `console` is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What comes of a run, as it happens. Errors of its hook end it, and are in the engine's result. */
export interface RunEvents {
  /** Returns where the body goes if it is `streamed`. */
  answered(answer: Answer): AnswerSink
  /** The answer cannot be sent: 502. */
  broken(error: AnswerError): void
  /** The hook wants nothing changed. */
  passed(): void
  /** A `variables` or `balance` hook found this. */
  found(text: string | undefined): void
  /**
   * A `request` hook wants this request instead, with a body of the client's or of its own. The run
   * goes on until what is returned has settled.
   */
  rewritten(request: OutgoingRequest, whose: 'client' | 'script'): Awaitable<void>
  /** An error nobody waited for. */
  reported(error: ScriptError): void
  logged(level: LogLevel, text: string): void
  /** Errors of this hook are the handler's to answer. */
  passThrough(): void
  /** The upstream this request shall go to; refuses what may not be chosen. */
  upstream(name: string): void
  /** The hook has ended, and background work goes on behind it. */
  held?(): void
  /** Nothing is left to do: the run answered, and no background work holds it. */
  over(): void
}

/** A request a script makes, checked. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly fields: readonly string[]
  readonly body: Answer['body']
}
